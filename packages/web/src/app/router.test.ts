import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { hrefOf, parseRoute } from './router.ts';
import type { Route } from './router.ts';

const ADDRESS = 'did:key:z6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2doK';

describe('parseRoute', () => {
  it.each<[string, Route]>([
    ['', { screen: 'list' }],
    ['#', { screen: 'list' }],
    ['#/', { screen: 'list' }],
    [`#/c/${ADDRESS}`, { screen: 'conversation', address: ADDRESS, at: null }],
    [`#/c/${ADDRESS}?at=42`, { screen: 'conversation', address: ADDRESS, at: 42 }],
    [`#/c/${ADDRESS}?at=0`, { screen: 'conversation', address: ADDRESS, at: 0 }],
    [`#/c/${ADDRESS}/info`, { screen: 'contact', address: ADDRESS }],
    ['#/requests', { screen: 'requests' }],
    ['#/add', { screen: 'add', invite: null }],
    ['#/add/CAES-_x', { screen: 'add', invite: 'CAES-_x' }],
    ['#/settings', { screen: 'settings', page: null }],
    ['#/settings/devices', { screen: 'settings', page: 'devices' }],
  ])('%s', (hash, route) => {
    expect(parseRoute(hash)).toEqual(route);
  });

  it.each(['#/c/', '#/c', '#/nowhere', '#/c/%E0%A4%A', '#//', '#/%00', 'javascript:alert(1)'])(
    'what is no place of ours is the list: %s',
    (hash) => {
      expect(parseRoute(hash)).toEqual({ screen: 'list' });
    },
  );

  it.each(['?at=-1', '?at=1e5', '?at=', '?at=9999999999999999', '?at=NaN', '?other=1'])(
    'a position that is none is not gone to: %s',
    (query) => {
      expect(parseRoute(`#/c/${ADDRESS}${query}`)).toEqual({ screen: 'conversation', address: ADDRESS, at: null });
    },
  );
});

describe('hrefOf', () => {
  const text = fc.string({ minLength: 1 });
  const route: fc.Arbitrary<Route> = fc.oneof(
    fc.constant({ screen: 'list' as const }),
    fc.constant({ screen: 'requests' as const }),
    fc.record({ screen: fc.constant('conversation' as const), address: text, at: fc.option(fc.nat()) }),
    fc.record({ screen: fc.constant('contact' as const), address: text }),
    fc.record({ screen: fc.constant('add' as const), invite: fc.option(text) }),
    fc.record({ screen: fc.constant('settings' as const), page: fc.option(text) }),
  );

  it('leads back to the same place, whatever stands in it', () => {
    fc.assert(
      fc.property(route, (given) => {
        expect(parseRoute(hrefOf(given))).toEqual(given);
      }),
    );
  });

  it('keeps addresses legible', () => {
    expect(hrefOf({ screen: 'contact', address: ADDRESS })).toBe(`#/c/${ADDRESS}/info`);
  });
});
