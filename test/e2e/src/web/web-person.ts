import type { BrowserContext, ConsoleMessage, Locator, Page } from 'playwright-core';
import { Talk } from './talk.ts';

/** Somebody at a browser: does what people do, by the names and roles of what they see. */
export class WebPerson {
  readonly name: string;
  readonly context: BrowserContext;
  /** Where the client comes from: the page of their node. */
  readonly home: string;
  /** Errors in the console, broken policies, requests to somebody else: none are expected. */
  readonly complaints: string[] = [];
  /** What may be complained about, while something is broken on purpose. */
  readonly #expected: RegExp[] = [];
  /** The tab they look at. */
  page: Page;

  private constructor(context: BrowserContext, name: string, home: string, page: Page) {
    this.context = context;
    this.name = name;
    this.home = home;
    this.page = page;
  }

  static async in(context: BrowserContext, name: string, node: string): Promise<WebPerson> {
    const home = `${node.replace(/^ws/, 'http')}/`;
    const person = new WebPerson(context, name, home, await context.newPage());
    context.on('console', (message) => person.#hear(message));
    context.on('weberror', (error) => person.#complain(String(error.error())));
    context.on('request', (request) => person.#expectOwn(request.url()));
    for (const page of context.pages()) person.#watchSockets(page);
    context.on('page', (page) => person.#watchSockets(page));
    return person;
  }

  /** From now on it may come, for instance because the network is gone. */
  bear(...expected: RegExp[]): void {
    this.#expected.push(...expected);
  }

  /** @param path behind the address of the node, for instance `#/settings` */
  async go(path = ''): Promise<void> {
    await this.page.goto(this.home + path);
  }

  /** Moves within the running page. */
  async to(route: string): Promise<void> {
    await this.page.evaluate((hash) => (location.hash = hash), route);
  }

  /** Makes an account; an invite in `path` waits behind it. */
  async begin(path = ''): Promise<void> {
    await this.go(path);
    await this.field('Your name').fill(this.name);
    await this.press('Start');
    await this.press('I wrote it down');
    if (!path.includes('#/add/')) await this.press('Go to my conversations');
  }

  /** Their invite link, from the page where it stands. */
  async invite(): Promise<string> {
    await this.to('#/add');
    return await this.field('Invite link').inputValue();
  }

  /** Adds somebody by their link, writes, and is accepted. @returns the conversation as they and as this one see it */
  async meet(other: WebPerson): Promise<[theirs: Talk, own: Talk]> {
    const own = new Talk(this.page, other.name);
    const theirs = new Talk(other.page, this.name);
    await this.to(new URL(await other.invite()).hash);
    await this.press('Add and open conversation');
    await own.say(`Hello ${other.name}`);
    await other.page.getByRole('link', { name: /^Request/ }).click();
    await other.press('Accept');
    await theirs.sees(`Hello ${other.name}`);
    return [theirs, own];
  }

  /** Opens another tab of the same browser and looks at it. */
  async newTab(path = ''): Promise<Page> {
    this.page = await this.context.newPage();
    await this.go(path);
    return this.page;
  }

  field(name: string | RegExp): Locator {
    return this.page.getByRole('textbox', { name, exact: true });
  }

  button(name: string | RegExp): Locator {
    return this.page.getByRole('button', { name, exact: true });
  }

  heading(name: string | RegExp): Locator {
    return this.page.getByRole('heading', { name });
  }

  async press(name: string | RegExp): Promise<void> {
    await this.button(name).click();
  }

  /** Waits until it can be seen. */
  async sees(what: string | RegExp): Promise<void> {
    await this.page.getByText(what).filter({ visible: true }).first().waitFor();
  }

  /** The conversation with somebody, from the list. */
  async talkWith(name: string): Promise<Talk> {
    const talk = new Talk(this.page, name);
    await talk.open();
    return talk;
  }

  #hear(message: ConsoleMessage): void {
    if (message.type() === 'error') this.#complain(`${message.text()} (${message.location().url})`);
  }

  #watchSockets(page: Page): void {
    page.on('websocket', (socket) => this.#expectOwn(socket.url()));
  }

  #expectOwn(url: string): void {
    const isOwn = ['http', 'ws'].some((scheme) => url.startsWith(this.home.replace(/^http/, scheme)));
    if (!isOwn && !/^(?:blob|data):/.test(url)) this.#complain(`asked for ${url}`);
  }

  #complain(text: string): void {
    if (!this.#expected.some((expected) => expected.test(text))) this.complaints.push(text);
  }
}
