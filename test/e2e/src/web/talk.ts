import type { Locator, Page } from 'playwright-core';

/** One conversation on the screen of one person. */
export class Talk {
  readonly page: Page;
  readonly with: string;

  constructor(page: Page, name: string) {
    this.page = page;
    this.with = name;
  }

  /** From the list of conversations. */
  async open(): Promise<void> {
    const list = this.page.getByRole('navigation', { name: 'Conversations' });
    await list.getByRole('link', { name: this.with }).first().click();
    await this.composer.waitFor();
  }

  get composer(): Locator {
    return this.page.getByRole('textbox', { name: `Message to ${this.with}` });
  }

  get feed(): Locator {
    return this.page.getByRole('feed', { name: `Messages with ${this.with}` });
  }

  /** The message that has these words, now or with what follows. */
  message(text: string | RegExp): Locator {
    return this.feed.getByRole('article').filter({ hasText: text });
  }

  async say(text: string): Promise<void> {
    await this.composer.fill(text);
    await this.composer.press('Enter');
  }

  async sees(text: string | RegExp): Promise<void> {
    await this.message(text).first().waitFor();
  }

  async seesNoMore(text: string | RegExp): Promise<void> {
    await this.message(text).first().waitFor({ state: 'hidden' });
  }

  /** Waits until an own message is said to be so far: `Read`, `Delivered`, … */
  async seesState(text: string, state: string | RegExp): Promise<void> {
    await this.message(text).filter({ hasText: state }).first().waitFor();
  }

  /** Whether it can be seen without scrolling. */
  async isInView(text: string | RegExp): Promise<boolean> {
    return await this.message(text).evaluateAll((all) =>
      all.some((message) => {
        const { top, bottom } = message.getBoundingClientRect();
        const frame = message.closest('[data-testid=messages]')?.getBoundingClientRect();
        return frame !== undefined && bottom > frame.top && top < frame.bottom;
      }),
    );
  }

  /** The menu of a message, as a right click opens it. */
  async menuOf(text: string | RegExp): Promise<Locator> {
    await this.message(text).first().locator('[data-bubble]').click({ button: 'right' });
    return this.page.getByRole('dialog', { name: 'What to do with this message' });
  }

  /** @param what an entry of the menu of a message */
  async choose(text: string | RegExp, what: string): Promise<void> {
    await (await this.menuOf(text)).getByRole('menuitem', { name: what }).click();
  }
}
