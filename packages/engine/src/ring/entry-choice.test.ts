import { systemRandom } from '@sotto/primitives-node';
import { partitionOf } from '@sotto/protocol/ring';
import { nodePrimitives as primitives } from '@sotto/primitives-node';
import { describe, expect, it } from 'vitest';
import { chooseEntries } from './entry-choice.ts';
import { fakeMember, fakeView } from './testing/fake-ring.ts';

const none: ReadonlySet<string> = new Set();

describe('the choice of an entry', () => {
  it.each(Array.from({ length: 10 }, (_, i) => i + 1))(
    'RING-75: in a ring of %i, never a home; none where everybody is one',
    (count) => {
      const view = fakeView(Array.from({ length: count }, () => fakeMember()));
      for (let person = 0; person < 20; person++) {
        const homes = view.homes(partitionOf(primitives, systemRandom(32)));
        const entries = chooseEntries(view, homes, none, systemRandom);
        expect(entries).toHaveLength(Math.max(0, count - 3));
        expect(entries.some(({ key }) => homes.homes.includes(key))).toBe(false);
        // Who stands in is taken when there is nobody else.
        const free = Math.max(0, count - 6);
        expect(entries.slice(0, free).some(({ key }) => homes.standIns.includes(key))).toBe(false);
      }
    },
  );

  it('RING-75: an own home comes after all others, but before an operator of the homes', () => {
    const [a, b, c, d, e, f, g, h] = ['a', 'b', 'c', 'd', 'e', 'f', 'a', 'h'].map((operator) =>
      fakeMember({ operator }),
    );
    const view = fakeView([a!, b!, c!, d!, e!, f!, g!, h!]);
    const homes = { homes: [a!.key, b!.key, c!.key], standIns: [d!.key, e!.key, f!.key], r: 3, w: 2 };
    const order = chooseEntries(view, homes, new Set([h!.key, a!.key]), systemRandom).map(({ key }) => key);
    expect(new Set(order.slice(0, 3))).toEqual(new Set(homes.standIns));
    expect(order.slice(3)).toEqual([h!.key, g!.key]);
  });

  it('RING-75: a ring of four uses the own home when nobody else is left', () => {
    const members = Array.from({ length: 4 }, () => fakeMember());
    const view = fakeView(members);
    const homes = view.homes(7);
    const left = members.find(({ key }) => !homes.homes.includes(key))!;
    const entries = chooseEntries(view, homes, new Set([left.key]), systemRandom);
    expect(entries.map(({ key }) => key)).toEqual([left.key]);
  });

  it('RING-75: a node that leaves is an entry when it must be', () => {
    const members = [...Array.from({ length: 7 }, () => fakeMember()), fakeMember({ weight: 0 })];
    const view = fakeView(members);
    const homes = view.homes(3);
    const entries = chooseEntries(view, homes, none, systemRandom);
    expect(entries).toHaveLength(5);
    expect(entries[0]?.weight).toBe(1);
    expect(entries[1]?.weight).toBe(0);
  });

  it('RING-75: among equals chance decides, and what was used before stays', () => {
    const members = Array.from({ length: 30 }, () => fakeMember());
    const view = fakeView(members);
    const homes = view.homes(1);
    const firsts = new Set(Array.from({ length: 60 }, () => chooseEntries(view, homes, none, systemRandom)[0]?.key));
    expect(firsts.size).toBeGreaterThan(10);
    const before = chooseEntries(view, homes, none, systemRandom)
      .slice(0, 3)
      .map(({ key }) => key);
    const again = chooseEntries(view, homes, none, systemRandom, before).map(({ key }) => key);
    expect(again.slice(0, 3)).toEqual(before);
    expect(new Set(again).size).toBe(27);
    // One that became a home is out.
    const others = { ...homes, homes: [before[0]!, ...homes.homes.slice(1)] };
    expect(chooseEntries(view, others, none, systemRandom, before)[0]?.key).toBe(before[1]);
  });
});
