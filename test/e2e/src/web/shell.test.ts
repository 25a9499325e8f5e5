import { appendFile, cp, readdir, readFile, rm, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type NodeProcess, Playground } from '../processes.ts';
import { builtClient } from './built-client.ts';
import { hasChromium, launchChromium } from './chromium.ts';

const ELSEWHERE = 'sotto.test';

/** In the page: what became of the service worker it begins with. */
async function stateAfterInstall(): Promise<string> {
  const registration = await navigator.serviceWorker.register('./sw.js');
  const worker = registration.installing ?? registration.waiting ?? registration.active;
  const isOver = (): boolean => worker?.state === 'activated' || worker?.state === 'redundant';
  while (!isOver()) await new Promise((resolve) => globalThis.setTimeout(resolve, 20));
  return String(worker?.state);
}

describe.skipIf(!hasChromium)('the page as a node serves it', () => {
  let playground: Playground;
  let node: NodeProcess;
  let browser: Browser;
  let dist: string;
  beforeAll(async () => {
    dist = await builtClient();
    playground = await Playground.create();
    node = await playground.node('node', ['--store', 'none', '--web', dist]);
    browser = await launchChromium(`--host-resolver-rules=MAP ${ELSEWHERE} 127.0.0.1`);
  }, 180_000);
  afterAll(async () => {
    await browser.close();
    await playground.dispose();
  });

  const url = (host = '127.0.0.1'): string => `http://${host}:${node.port}/`;

  /** A page with everything it asked for, and what it complained about. */
  async function open(address: string): Promise<{ page: Page; requests: string[]; complaints: string[] }> {
    const context = await browser.newContext();
    const page = await context.newPage();
    const requests: string[] = [];
    const complaints: string[] = [];
    context.on('request', (request) => requests.push(request.url()));
    page.on('pageerror', (error) => complaints.push(String(error)));
    page.on('console', (message) => {
      // Of the header that only counts over https, as it says itself.
      const isExpected = message.text().startsWith('The Cross-Origin-Opener-Policy header has been ignored');
      if (message.type() === 'error' && !isExpected) complaints.push(message.text());
    });
    await page.goto(address);
    return { page, requests, complaints };
  }

  /** What `sotto doctor` says of the web client of a node. */
  async function webCheckOf({ url: home, nodeId }: NodeProcess): Promise<Record<string, unknown> | undefined> {
    const profile = ['--profile', playground.path(`profile-${nodeId}`), '--json'];
    await playground.run(['init', '--name', 'Ada', '--node', home, ...profile]);
    return (await playground.run(['doctor', ...profile])).json.find(({ name }) => name === 'web client');
  }

  const untilKept = (page: Page): Promise<unknown> =>
    page.evaluate(async () => {
      await navigator.serviceWorker.ready;
      const keys = await caches.keys();
      return keys;
    });

  test('WEB-1, WEB-11, TM-70, TM-71: it runs under its policy, and asks nobody but its node', async () => {
    const { page, requests, complaints } = await open(`${url()}#/add/an-invite`);
    await page.locator('#root > *').first().waitFor();
    await untilKept(page);
    expect(complaints).toEqual([]);
    expect(requests.length).toBeGreaterThan(5);
    expect(requests.filter((request) => !request.startsWith(url()) && !request.startsWith('blob:'))).toEqual([]);
    expect(requests.join()).not.toContain('an-invite');
    await expect(page.evaluate('document.body.innerHTML = "<b>"')).rejects.toThrow(/TrustedHTML/);
    await expect(page.evaluate('new Worker("data:text/javascript,1")')).rejects.toThrow(/not a script of this build/);
    const listen = page.evaluate(() => document.body.setAttribute('onclick', 'document.title = "evil"'));
    await expect(listen).rejects.toThrow(/TrustedScript/);
    await page.context().close();
  });

  test('WEB-8: without a network it opens from what the service worker kept', async () => {
    const { page } = await open(url());
    await untilKept(page);
    await page.context().setOffline(true);
    await page.goto(`${url()}?locale=en#/requests`);
    await page.locator('#root > *').first().waitFor();
    const list = JSON.parse(await readFile(join(dist, 'build.json'), 'utf8')) as { files: Record<string, string> };
    const kept = await page.evaluate(async (paths) => {
      const answers = await Promise.all(paths.map(async (path) => (await fetch(path).catch(() => null))?.ok === true));
      return paths.filter((_, at) => answers[at] === true);
    }, Object.keys(list.files));
    expect(Object.keys(list.files).filter((path) => !kept.includes(path))).toEqual(['sw.js']);
    await page.context().close();
  });

  test('WEB-8, WEB-14, TM-72, TM-73: a file that arrives changed is not kept, its build never begins, and the doctor names it', async () => {
    const changed = playground.path('changed');
    await cp(dist, changed, { recursive: true });
    const chunks = await readdir(join(changed, 'assets'));
    const chunk = chunks.find((name) => /^show-insecure.*\.js$/.test(name));
    await appendFile(join(changed, 'assets', String(chunk)), '// evil\n');
    for (const suffix of ['.br', '.gz']) await rm(join(changed, 'assets', chunk + suffix), { force: true });
    const other = await playground.node('other', ['--store', 'none', '--web', changed]);
    const { page } = await open(`http://127.0.0.1:${other.port}/`);
    expect(await page.evaluate(stateAfterInstall)).toBe('redundant');
    await page.context().close();
    expect(await webCheckOf(other)).toMatchObject({ ok: false, found: expect.stringContaining(`assets/${chunk}`) });
    expect(await webCheckOf(node)).toMatchObject({ ok: true });
    await other.end('SIGTERM');
  });

  test('WEB-8, TM-72: what a node serves changed under the same name later is not run by who has kept the build', async () => {
    const served = playground.path('later');
    await cp(dist, served, { recursive: true });
    const other = await playground.node('later', ['--store', 'none', '--web', served]);
    const address = `http://127.0.0.1:${other.port}/`;
    const { page } = await open(address);
    await untilKept(page);
    const script = (await readdir(join(served, 'assets'))).find((name) => /^first-screen.*\.js$/.test(name));
    for (const name of [`assets/${script}`, 'index.html']) {
      await appendFile(join(served, name), '/* evil */');
      for (const suffix of ['.br', '.gz']) await rm(join(served, name + suffix), { force: true });
    }
    await utimes(join(served, 'build.json'), new Date(), new Date());
    const evil = async (name: string): Promise<boolean> =>
      (await (await fetch(address + name)).text()).includes('evil');
    expect([await evil(''), await evil(`assets/${script}`)]).toEqual([true, true]);
    await page.reload();
    await page.locator('#root > *').first().waitFor();
    // Past what HTTP has cached.
    const got = await page.evaluate(
      async (names) =>
        Promise.all(names.map(async (name) => (await fetch(name, { cache: 'reload' })).text())).then((texts) =>
          texts.map((text) => text.includes('evil')),
        ),
      ['./', `assets/${script}`],
    );
    expect(got).toEqual([false, false]);
    await page.context().close();
    await other.end('SIGTERM');
  });

  test('WEB-9, TAB-10: no newer build reloads the page of a private session, which would end it', async () => {
    const { page } = await open(`${url()}?private`);
    await page.locator('#root > *').first().waitFor();
    const holders = (): Promise<number> =>
      page.evaluate(async () => {
        const { held = [] } = await navigator.locks.query();
        return held.filter(({ name, mode }) => name === 'sotto-version' && mode === 'shared').length;
      });
    await expect.poll(holders).toBe(1);
    await page.goto('about:blank');
    await page.goto(url());
    await page.locator('#root > *').first().waitFor();
    await expect.poll(holders).toBe(0);
    await page.context().close();
  });

  test('WEB-9, TM-72: a newer build waits until it is told to begin; then every tab runs it', async () => {
    const served = playground.path('served');
    await cp(dist, served, { recursive: true });
    const other = await playground.node('updated', ['--store', 'none', '--web', served]);
    const address = `http://127.0.0.1:${other.port}/`;
    const { page: first } = await open(address);
    expect(await first.evaluate(stateAfterInstall)).toBe('activated');
    const second = await first.context().newPage();
    await second.goto(address);
    await appendFile(join(served, 'sw.js'), '// newer\n');
    for (const suffix of ['.br', '.gz']) await rm(join(served, `sw.js${suffix}`));
    await utimes(join(served, 'build.json'), new Date(), new Date());
    const loads = [0, 0];
    for (const [at, page] of [first, second].entries()) page.on('load', () => (loads[at]! += 1));
    await first.evaluate(async () => {
      const registration = await navigator.serviceWorker.ready;
      await registration.update();
      while (registration.waiting === null) await new Promise((resolve) => globalThis.setTimeout(resolve, 20));
    });
    expect(loads).toEqual([0, 0]);
    await first.evaluate(async () => (await navigator.serviceWorker.ready).waiting?.postMessage('sotto-begin'));
    // As the page does it (`applyUpdate`): Chromium now and then lets the worker wait until some page is loaded.
    for (let n = 0; n < 200 && !loads.some((count) => count > 0); n++) await setTimeout(50);
    if (!loads.some((count) => count > 0)) await first.reload();
    await expect.poll(() => loads.every((count) => count > 0), { timeout: 60_000 }).toBe(true);
    const waits = (page: Page): Promise<boolean> =>
      page.evaluate(async () => (await navigator.serviceWorker.ready).waiting !== null).catch(() => true);
    for (const page of [first, second]) await expect.poll(() => waits(page), { timeout: 60_000 }).toBe(false);
    await first.context().close();
    await other.end('SIGTERM');
  });

  test('WEB-12: over plain http from another name it explains itself, and what helps', async () => {
    const { page, requests, complaints } = await open(`${url(ELSEWHERE)}#/add/invite`);
    await page.getByRole('heading', { level: 1 }).waitFor();
    expect(await page.title()).toBe('Sotto cannot run at this address');
    const text = await page.locator('main').innerText();
    for (const part of [`${ELSEWHERE}:${node.port}`, '--tls-cert', '--public-url', 'npx sotto chat --node ws://']) {
      expect(text).toContain(part);
    }
    const links = await page.locator('main a').evaluateAll((all) => all.map((link) => link.getAttribute('href')));
    expect(links).toEqual([
      `https://${ELSEWHERE}:${node.port}/#/add/invite`,
      `http://localhost:${node.port}/#/add/invite`,
    ]);
    expect(complaints).toEqual([]);
    expect(requests.some((request) => request.includes('worker'))).toBe(false);
    await page.context().close();
  });
});
