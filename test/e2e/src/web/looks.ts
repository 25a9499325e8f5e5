import { AxeBuilder } from '@axe-core/playwright';
import type { Page } from 'playwright-core';

/** A phone, a tablet upright, a desktop; in CSS pixels. */
export const WIDTHS = [
  { width: 390, height: 844 },
  { width: 834, height: 1112 },
  { width: 1440, height: 900 },
] as const;

/** Waits until nothing is loading any more and what moves has come to rest. */
export async function settled(page: Page): Promise<void> {
  await page.locator('h1, h2').filter({ visible: true }).first().waitFor();
  await page.waitForFunction(
    () =>
      document.querySelector('[aria-busy=true], [role=progressbar]:not([aria-valuenow])') === null &&
      document.getAnimations().every(({ playState }) => playState !== 'running'),
  );
}

/** Whatever stands out at the side: a screen scrolls up and down only. */
export async function overflowing(page: Page): Promise<string[]> {
  return await page.evaluate(() => {
    const root = document.documentElement;
    const wide = root.scrollWidth > root.clientWidth ? [`page: ${root.scrollWidth} of ${root.clientWidth}`] : [];
    const scrolling = [...document.querySelectorAll<HTMLElement>('body *')].filter(
      (one) => ['auto', 'scroll'].includes(getComputedStyle(one).overflowX) && one.scrollWidth > one.clientWidth + 1,
    );
    return [...wide, ...scrolling.map((one) => `${one.tagName} ${one.className}: ${one.scrollWidth}`)];
  });
}

/** Serious and critical findings of axe, a line each. */
export async function inaccessible(page: Page, rules?: readonly string[]): Promise<string[]> {
  // React Aria's announcements stand in the page for seconds and name what may be gone by then.
  const axe = new AxeBuilder({ page }).options({ resultTypes: ['violations'] }).exclude('[data-live-announcer]');
  axe.setLegacyMode(true);
  const { violations } = await (rules === undefined ? axe : axe.withRules([...rules])).analyze();
  return violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .flatMap(({ id, nodes }) => nodes.map(({ target, html }) => `${id}: ${target.join(' ')} ${html.slice(0, 160)}`));
}

/**
 * In the pseudo-locale en-XA: words that no text file has, beside what people wrote.
 * @param names of people: no words of the interface
 */
export async function untranslated(page: Page, names: readonly string[]): Promise<string[]> {
  return await page.evaluate((names) => {
    const OWN_WORDS =
      'bdi, time, code, kbd, input, textarea, svg, [dir=auto], [dir=ltr], [translate=no], [aria-hidden=true]';
    const isName = (text: string): boolean => names.includes(text.trim());
    const isPlain = (text: string): boolean =>
      !isName(text) && /[a-z]{3,}/i.test(text.replaceAll(/\bSotto\b|[\w.]+:\d+|\b\w+:\/\/\S+/g, ''));
    const found = new Set<string>();
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    for (let node = walker.nextNode(); node !== null; node = walker.nextNode()) {
      const { parentElement, textContent } = node;
      if (parentElement === null || parentElement.closest(OWN_WORDS) !== null || !parentElement.checkVisibility())
        continue;
      if (isPlain(textContent ?? '')) found.add(textContent ?? '');
    }
    for (const one of document.querySelectorAll('[aria-label], [title], [placeholder]')) {
      for (const name of ['aria-label', 'title', 'placeholder']) {
        const text = one.getAttribute(name);
        // What a text file has stands in brackets; its values are names, times and messages.
        if (text !== null && isPlain(text) && !text.startsWith('[') && !one.matches('time, bdi'))
          found.add(`${name}: ${text}`);
      }
    }
    return [...found];
  }, names);
}

/** Texts of buttons, headings and labels that have not enough room. */
export async function clipped(page: Page): Promise<string[]> {
  return await page.evaluate(() =>
    [...document.querySelectorAll<HTMLElement>('button, label, h1, h2, h3, [role=menuitem], [role=tab], p')]
      .filter(
        (one) => one.checkVisibility() && one.closest('bdi, [dir=auto]') === null && one.querySelector('bdi') === null,
      )
      // Not what only screen readers hear, which has a pixel.
      .filter(
        (one) =>
          one.clientWidth > 1 && getComputedStyle(one).overflowX !== 'visible' && one.scrollWidth > one.clientWidth + 1,
      )
      .map((one) => one.textContent),
  );
}
