import { createServer } from 'node:http';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { build } from 'vite';

/** Debian's Chromium: nothing is downloaded. */
const CHROMIUM = '/usr/bin/chromium';
/** No sandbox: tests run as root in containers. Nothing leaves the machine. */
const ARGUMENTS = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--disable-background-networking'];

/** As the node sends it with the web client. */
const POLICY =
  "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; img-src 'self' data: blob:; " +
  "connect-src 'self' ws: wss:; worker-src 'self'; manifest-src 'self'; require-trusted-types-for 'script'";

/** The platform code for browsers, bundled and served under the policy that it has to live with, in one Chromium. */
export class BrowserHarness {
  readonly browser: Browser;
  readonly url: string;
  readonly #server: Server;

  private constructor(browser: Browser, server: Server) {
    this.browser = browser;
    this.#server = server;
    this.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  }

  /**
   * @param entries scripts beside the page's, by name: `store` is served as /store.js
   * @param alias modules that others stand in for
   */
  static async start(
    entries: Readonly<Record<string, string>> = {},
    alias: Readonly<Record<string, string>> = {},
  ): Promise<BrowserHarness> {
    const files = await bundle(entries, alias);
    const server = createServer((request, response) => {
      const path = (request.url ?? '/').replace(/[?#].*/, '').slice(1);
      const body = path === '' ? '<!doctype html><script type="module" src="/page.js"></script>' : files.get(path);
      response.writeHead(body === undefined ? 204 : 200, {
        'content-type': typeOf(path),
        'content-security-policy': POLICY,
      });
      response.end(body);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const browser = await chromium.launch({ executablePath: CHROMIUM, args: ARGUMENTS });
    return new BrowserHarness(browser, server);
  }

  /** Another browser profile: nothing is shared with the others. */
  context(): Promise<BrowserContext> {
    return this.browser.newContext();
  }

  async page(context: BrowserContext): Promise<Page> {
    const page = await context.newPage();
    page.on('pageerror', (error) => console.error('page:', error));
    page.on('console', (message) => {
      if (message.type() === 'error') console.error('page:', message.text());
    });
    await page.goto(this.url);
    await page.waitForFunction('"openSession" in globalThis');
    return page;
  }

  async stop(): Promise<void> {
    await this.browser.close();
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

const here = (name: string): string => fileURLToPath(new URL(name, import.meta.url));

async function bundle(
  entries: Readonly<Record<string, string>>,
  alias: Readonly<Record<string, string>>,
): Promise<Map<string, string | Uint8Array>> {
  const result = await build({
    configFile: false,
    logLevel: 'error',
    resolve: { alias: { ...alias } },
    build: {
      write: false,
      target: 'es2024',
      minify: false,
      assetsInlineLimit: 0,
      modulePreload: false,
      rollupOptions: {
        input: { page: here('page.ts'), worker: here('worker.ts'), ...entries },
        preserveEntrySignatures: false,
        output: { entryFileNames: '[name].js' },
      },
    },
  });
  const [output] = Array.isArray(result) ? result : [result];
  if (output === undefined || !('output' in output)) throw new Error('the platform code could not be bundled');
  return new Map(output.output.map((file) => [file.fileName, file.type === 'chunk' ? file.code : file.source]));
}

function typeOf(path: string): string {
  if (path === '') return 'text/html; charset=utf-8';
  return path.endsWith('.wasm') ? 'application/wasm' : 'text/javascript';
}
