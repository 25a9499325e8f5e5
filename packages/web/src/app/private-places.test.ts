import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { PrivatePlaces } from './private-places.ts';

/** The browser's own list: what it would keep. */
class FakeHistory {
  entries: { state: unknown; url: string }[] = [{ state: null, url: '#/add/invite' }];
  pushState(state: unknown, _: string, url: string): void {
    this.entries.push({ state, url });
  }
  replaceState(state: unknown, _: string, url: string): void {
    this.entries.splice(-1, 1, { state, url });
  }
}

let browser: FakeHistory;
beforeEach(() => {
  browser = new FakeHistory();
  vi.stubGlobal('history', browser);
});
afterEach(() => vi.unstubAllGlobals());

it('TAB-10: places come back by their number, and the browser knows none of them', () => {
  const places = new PrivatePlaces('#/add/invite');
  expect(places.hash).toBe('#/add/invite');
  places.go('#/c/bob', true);
  places.go('#/c/bob/info', false);
  places.go('#/c/bob/info', false);
  places.moved('#/settings', null);
  expect(places.hash).toBe('#/settings');
  expect(new Set(browser.entries.map(({ url }) => url))).toEqual(new Set(['#/']));
  places.moved('#/', browser.entries[0]?.state);
  expect(places.hash).toBe('#/c/bob');
  places.go('#/requests', false);
  expect(places.hash).toBe('#/requests');
  // What lay ahead is gone, as in the browser.
  places.moved('#/', { place: 2 });
  expect(places.hash).toBe('#/');
});
