import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { Person } from '../processes.ts';
import { RpcProcess } from '../rpc-process.ts';
import { expectSoon, Stage, TEST_MS } from './browser.ts';
import { hasChromium } from './chromium.ts';
import { Talk } from './talk.ts';
import type { WebPerson } from './web-person.ts';

const MARKUP = [
  '<script>document.title = "evil"</script>',
  '<img src=x onerror="document.title = \'evil\'">',
  '<svg onload="document.title = \'evil\'"><style>* { display: none }</style>',
  '"><iframe srcdoc="<script>parent.document.title=1</script>"></iframe>',
  '<a href="javascript:document.title=1">press</a>',
  '{{name}} $t(app:close) ${document.title} &lt;b&gt;',
];
const NO_LINKS = [
  'javascript:document.title="evil"',
  'JaVaScRiPt://example.org/%0adocument.title=1',
  'data:text/html,<script>document.title="evil"</script>',
  'vbscript:msgbox(1)',
  'file:///etc/passwd',
  'blob:http://127.0.0.1/1',
];
/** Right-to-left override, an isolate that is never closed, and words that a line may show the other way round. */
const BIDI = 'transfer 100 to \u202E!dengis eb ot\u2067 bob \u200Bzero\u200Dwidth\uFEFF end';
const MARKS = `a${'\u0301'.repeat(10_000)}b`;

describe.skipIf(!hasChromium)('what a stranger may send', { timeout: TEST_MS }, () => {
  let stage: Stage;
  let ada: WebPerson;
  let mallory: Awaited<ReturnType<typeof Person.create>>;
  let rpc: RpcProcess;
  let adas: Talk;
  let address: string;
  beforeAll(async () => {
    stage = await Stage.open();
    const node = await stage.node();
    // A name is what its owner says, too.
    [ada, mallory] = await Promise.all([
      stage.person('Ada', node),
      Person.create(stage.playground, '<b>Mallory\u202E gpj.\u200Bexe', node.url),
    ]);
    rpc = new RpcProcess(stage.playground, mallory.profile);
    rpc.start();
    address = (await rpc.call('add', { to: await ada.invite() })).address;
    adas = new Talk(ada.page, '<b>Mallory');
  }, TEST_MS);
  afterEach((context) => stage.expectCalm(context));
  afterAll(async () => {
    await rpc?.stop();
    await stage?.close();
  });

  const send = (text: string) => rpc.call('send', { to: address, text, wait: 'stored' });

  it('WEB-50: markup is words, in the request, the list, the conversation and in what is answered', async () => {
    await send(MARKUP[0]!);
    await ada.page.getByRole('link', { name: /^Request/ }).click();
    await ada.press('Show messages');
    await ada.sees(MARKUP[0]!);
    await ada.press('Accept');
    await adas.composer.waitFor();
    for (const text of MARKUP) {
      await send(text);
      await adas.message(text).last().waitFor();
    }
    await adas.choose(MARKUP[1]!, 'Answer');
    await adas.say('what is this?');
    await adas.seesState('what is this?', MARKUP[1]!);
    expect(await ada.page.locator('main :is(script, img, iframe, style)').count()).toBe(0);
    expect(await ada.page.title()).not.toContain('evil');
  });

  it('WEB-51: only addresses of the web are links, and they say where they lead', async () => {
    for (const text of NO_LINKS) {
      await send(text);
      await adas.message(text).first().waitFor();
    }
    await send(
      'see https://example.org/a?b=c#d and http://www.xn--80ak6aa92e.com/ or https://bank.example@evil.example/x',
    );
    await adas.sees('see https://example.org');
    const links = await adas.feed
      .getByRole('article')
      .getByRole('link')
      .evaluateAll((all) =>
        all.map((link) => ({
          href: (link as HTMLAnchorElement).href,
          rel: (link as HTMLAnchorElement).rel,
          target: (link as HTMLAnchorElement).target,
        })),
      );
    expect(links.length).toBeGreaterThan(0);
    for (const { href, rel, target } of links) {
      expect(href).toMatch(/^https?:\/\//);
      expect(rel).toContain('noopener');
      expect(rel).toContain('noreferrer');
      expect(target).toBe('_blank');
    }
  });

  it('WEB-52: signs that turn words round or cannot be seen stay inside of their message, and names have none', async () => {
    await send(BIDI);
    await send('next message');
    const next = adas.message('next message').first();
    await next.waitFor();
    // What was opened and not closed there does not reach the next one.
    const direction = await next
      .locator('[dir=auto]')
      .first()
      .evaluate((element) => getComputedStyle(element).direction);
    expect(direction).toBe('ltr');
    const heading = await ada.page.getByRole('heading', { level: 1 }).first().textContent();
    expect(heading).not.toMatch(/[\u202A-\u202E\u2066-\u2069\u200B\uFEFF]/u);
    expect(await ada.page.title()).not.toMatch(/[\u202A-\u202E\u2066-\u2069]/u);
  });

  it('WEB-53: 10,000 combining marks, and the longest message there is, stay within their place', async () => {
    await send(MARKS);
    await send(`${'W'.repeat(41_000)} end`);
    await send('after the flood');
    const after = adas.message('after the flood').first();
    await after.waitFor();
    const { width } = ada.page.viewportSize()!;
    const wide = await ada.page.evaluate(() => document.documentElement.scrollWidth);
    expect(wide).toBeLessThanOrEqual(width);
    const boxes = await adas.feed.getByRole('article').evaluateAll((all) =>
      all.map((row) => {
        const { left, right, height } = row.getBoundingClientRect();
        return { left, right, height };
      }),
    );
    for (const { right, height } of boxes) {
      expect(right).toBeLessThanOrEqual(width);
      expect(height).toBeLessThan(2000);
    }
    // It can still be written in.
    await adas.say('all well');
    await adas.seesState('all well', /Delivered|Read/);
  });

  it('WEB-54: what is too long for a message is refused in words, pasted or sent, and nothing is lost', async () => {
    await expect(send('x'.repeat(1_000_000))).rejects.toThrow(/too big|too long/i);
    await adas.composer.fill('before ');
    await adas.composer.evaluate((box, text) => {
      const data = new DataTransfer();
      data.setData('text/plain', text);
      box.dispatchEvent(new ClipboardEvent('paste', { clipboardData: data, bubbles: true, cancelable: true }));
    }, 'x'.repeat(1_000_000));
    await ada.sees(/more than fits here/);
    expect(await adas.composer.inputValue()).toBe('before ');
    await adas.composer.fill('y'.repeat(42_100));
    await ada.sees(/100 bytes too long/);
    expect(await ada.button('Send').isEnabled()).toBe(false);
    await adas.composer.fill('');
    await expectSoon(() => ada.page.getByText(/bytes too long/).count(), 0);
  });
});
