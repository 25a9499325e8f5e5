import fc from 'fast-check';
import { expect, test } from 'vitest';
import { fairShare } from './fair-share.ts';

const linkOf = (item: string): string => item[0]!;

test('OPS-64: each link has its first in the commit before any has its second', () => {
  const items = ['a1', 'a2', 'a3', 'a4', 'b1', 'a5', 'c1', 'c2', 'b2'];
  expect(fairShare(items, 4, linkOf)).toEqual({
    taken: ['a1', 'a2', 'b1', 'c1'],
    left: ['a3', 'a4', 'a5', 'c2', 'b2'],
  });
  expect(fairShare(items, 2, linkOf).taken).toEqual(['a1', 'b1']);
  expect(fairShare(items, 9, linkOf)).toEqual({ taken: items, left: [] });
});

test('OPS-64: nothing is lost or doubled, order is kept, and no link gets ahead of another by more than one', () => {
  fc.assert(
    fc.property(fc.array(fc.constantFrom('a', 'b', 'c', 'd')), fc.nat(20), (links, most) => {
      const items = links.map((link, at) => ({ link, at }));
      const { taken, left } = fairShare(items, most, ({ link }) => link);
      expect(taken).toHaveLength(Math.min(most, items.length));
      expect([...taken, ...left].toSorted((one, other) => one.at - other.at)).toEqual(items);
      for (const part of [taken, left]) expect(part).toEqual(part.toSorted((one, other) => one.at - other.at));
      const count = (part: readonly { link: string }[], link: string): number =>
        part.filter((item) => item.link === link).length;
      const waiting = new Set(left.map(({ link }) => link));
      for (const link of waiting) {
        for (const other of new Set(links)) expect(count(taken, other)).toBeLessThanOrEqual(count(taken, link) + 1);
        // Of one link, what came first goes first.
        const own = (part: readonly { link: string; at: number }[]): number[] =>
          part.filter((item) => item.link === link).map(({ at }) => at);
        expect(Math.max(-1, ...own(taken))).toBeLessThan(Math.min(...own(left)));
      }
    }),
  );
});
