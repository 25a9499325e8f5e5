import { join } from 'node:path';
import type { Browser, BrowserContextOptions } from 'playwright-core';
import { expect, type TestContext } from 'vitest';
import { type NodeProcess, Playground } from '../processes.ts';
import { builtClient } from './built-client.ts';
import { launchChromium } from './chromium.ts';
import { WebPerson } from './web-person.ts';

/** Generous: a machine may be busy with much else. Nothing that is well waits so long. */
export const PATIENCE_MS = Number(process.env['SOTTO_WEB_PATIENCE_MS'] ?? 60_000);
/** For what a person does in a story. */
export const TEST_MS = 240_000;
/** No name of the internet is looked up. */
const NOTHING_ELSE = '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost';

/** What a page shows is asked again and again, until it is what is expected. */
export async function expectSoon<T>(look: () => T | Promise<T>, expected: T): Promise<void> {
  await expect.poll(look, { timeout: PATIENCE_MS, interval: 50 }).toEqual(expected);
}

/** One Chromium for a test file, nodes that serve the built client, and people who come with a browser of their own. */
export class Stage {
  readonly playground: Playground;
  readonly browser: Browser;
  readonly #client: string;
  readonly #people: WebPerson[] = [];

  private constructor(playground: Playground, browser: Browser, client: string) {
    this.playground = playground;
    this.browser = browser;
    this.#client = client;
  }

  /** @param more of Chromium's command line */
  static async open(...more: string[]): Promise<Stage> {
    const client = process.env['SOTTO_WEB_BUILD'] ?? (await builtClient());
    const [playground, browser] = await Promise.all([Playground.create(), launchChromium(NOTHING_ELSE, ...more)]);
    return new Stage(playground, browser, client);
  }

  /** `port` 0: a free one. */
  node(name = 'node', args: readonly string[] = [], port = 0): Promise<NodeProcess> {
    return this.playground.node(name, ['--web', this.#client, ...args], port);
  }

  /** A browser profile of its own, with one tab that shows nothing yet. */
  async visitor(name: string, node: NodeProcess, options: BrowserContextOptions = {}): Promise<WebPerson> {
    const context = await this.browser.newContext({
      viewport: { width: 1280, height: 800 },
      locale: 'en-GB',
      reducedMotion: 'reduce',
      ...options,
    });
    context.setDefaultTimeout(PATIENCE_MS);
    const person = await WebPerson.in(context, name, node.url);
    this.#people.push(person);
    return person;
  }

  /** With an account, at their conversations. */
  async person(name: string, node: NodeProcess, options: BrowserContextOptions = {}): Promise<WebPerson> {
    const person = await this.visitor(name, node, options);
    await person.begin();
    return person;
  }

  /** After each test: no page complained, no policy was broken, nobody but the own node was asked. */
  async expectCalm({ task }: TestContext): Promise<void> {
    if (task.result?.state === 'fail') await this.#picture(task.name);
    const heard = this.#people.flatMap(({ name, complaints }) => complaints.splice(0).map((one) => `${name}: ${one}`));
    if (heard.length > 0) throw new Error(`pages complained:\n${heard.join('\n')}`);
  }

  async close(): Promise<void> {
    await this.browser.close();
    await this.playground.dispose();
  }

  /** What everybody saw when a test failed, for who looks into it. */
  async #picture(test: string): Promise<void> {
    const folder = process.env['SOTTO_WEB_PICTURES'];
    if (folder === undefined) return;
    const title = test.slice(0, 40).replaceAll(/[^\w-]+/g, '-');
    for (const { name, page } of this.#people) {
      await page.screenshot({ path: join(folder, `${title}-${name}.png`), timeout: 30_000 }).catch(() => undefined);
    }
  }
}
