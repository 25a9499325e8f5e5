import { expect, it } from 'vitest';
import { SIDES } from './device.ts';
import { other, Pair } from './pair.ts';
import { named, SEED } from './seed.ts';
import { Dice, seededRandom } from './seeded-random.ts';
import { SottoDevice } from './sotto-device.ts';
import { describeWithPeer } from './with-peer.ts';

const RUNS = 60;

describeWithPeer(({ SignalDevice }) => {
  const expectInEachRun = async (what: string, run: (pair: Pair, dice: Dice) => Promise<void>): Promise<void> => {
    for (let i = 0; i < RUNS; i++) {
      const seed = `${SEED}/${what}/${i}`;
      const dice = new Dice(seed);
      const sotto = new SottoDevice('Sotto', seededRandom(`${seed}/device`));
      const pair = new Pair(sotto, new SignalDevice('the library'), dice);
      await named(seed, async () => {
        await run(pair, dice);
        const used = await pair.settle();
        expect(new Set(used).size, used.join()).toBe(1);
        expect(used[0]).toMatch(/^ratchet /);
      });
    }
  };

  it('INTEROP-6: both start at once: they settle on one session, and nothing said meanwhile is lost', () =>
    expectInEachRun('at once', async (pair, dice) => {
      for (const side of SIDES) await pair.start(side);
      for (const side of SIDES) await pair.say(side, 1 + dice.below(3));
      for (let i = dice.below(6); i > 0; i--) {
        const side = SIDES[dice.below(2)]!;
        if (dice.chance(0.5)) await pair.bring(side, 1 + dice.below(2));
        else await pair.say(side, 1 + dice.below(2));
      }
    }));

  it('INTEROP-6: both start at once and one side’s first messages are lost', () =>
    expectInEachRun('at once, lost', async (pair, dice) => {
      for (const side of SIDES) await pair.start(side);
      for (const side of SIDES) await pair.say(side, 1 + dice.below(3));
      pair.lose(SIDES[dice.below(2)]!);
    }));

  it('INTEROP-6: a side starts anew while messages are on the way in both directions', () =>
    expectInEachRun('anew', async (pair, dice) => {
      const first = SIDES[dice.below(2)]!;
      await pair.start(first);
      await pair.say(first, 1);
      await pair.bring(other(first));
      for (let i = 0; i < 4; i++) {
        for (const side of SIDES) {
          await pair.say(side, dice.below(3));
          await pair.bring(side, dice.below(3));
        }
        if (dice.chance(0.5)) await pair.start(SIDES[dice.below(2)]!);
      }
    }));
});
