import type { BrowserContext, Page } from 'playwright-core';
import { Playground } from '../../processes.ts';
import type { NodeProcess } from '../../processes.ts';
import { BrowserHarness } from './harness.ts';
import './page-globals.ts';

/** Browsers and tabs with profiles in them, and the node that they use. */
export class People {
  readonly harness: BrowserHarness;
  readonly playground: Playground;
  readonly node: NodeProcess;
  readonly #contexts: BrowserContext[] = [];

  private constructor(harness: BrowserHarness, playground: Playground, node: NodeProcess) {
    this.harness = harness;
    this.playground = playground;
    this.node = node;
  }

  static async start(): Promise<People> {
    const playground = await Playground.create();
    const [harness, node] = await Promise.all([BrowserHarness.start(), playground.node('node')]);
    return new People(harness, playground, node);
  }

  /** Browsers of the test that just ended. */
  async forget(): Promise<void> {
    await Promise.all(this.#contexts.splice(0).map((context) => context.close()));
  }

  async stop(): Promise<void> {
    await this.harness.stop();
    await this.playground.dispose();
  }

  async browser(): Promise<BrowserContext> {
    const context = await this.harness.context();
    this.#contexts.push(context);
    return context;
  }

  /** A tab that has the profile open, as far as it is. null: a private session. */
  async tab(context: BrowserContext, profile: string | null = 'default'): Promise<Page> {
    const page = await this.harness.page(context);
    await page.evaluate((profile) => void openSession(profile), profile);
    await page.waitForFunction(() => session.client.state.kind !== 'starting');
    return page;
  }

  async person(name: string, profile: string | null = 'default'): Promise<Page> {
    const page = await this.tab(await this.browser(), profile);
    const account = [name, this.node.url] as const;
    await page.evaluate(([name, node]) => session.client.create({ name, node }), account);
    return page;
  }
}

export const stateOf = (page: Page) => page.evaluate(() => session.client.state);
export const untilState = (page: Page, kind: string) =>
  page.waitForFunction((kind) => session.client.state.kind === kind, kind);
export const untilLeads = (page: Page) =>
  page.waitForFunction(() => session.client.state.kind === 'open' && session.client.state.leads);
/** Once the node knows the account: an invite names the node's key. */
export const inviteOf = (page: Page) =>
  page.evaluate(async () => {
    for (;;) {
      const { invite } = await session.client.engine.whoami({});
      if (invite !== '') return invite;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  });
export const addressOf = (page: Page) => page.evaluate(async () => (await session.client.engine.whoami({})).address);

/** Texts of all message events so far. */
export const heard = (page: Page) =>
  page.evaluate(() =>
    session.events.flatMap((event) =>
      event.type === 'message' && 'text' in event.message.content ? [event.message.content.text] : [],
    ),
  );
export const untilHeard = (page: Page, count: number) =>
  page.waitForFunction((count) => session.events.filter(({ type }) => type === 'message').length >= count, count);

/** Texts of the history. */
export const history = (page: Page) =>
  page.evaluate(async () => {
    const { messages } = await session.client.engine.history({ limit: 1000 });
    return messages.flatMap(({ content }) => ('text' in content ? [content.text] : []));
  });
