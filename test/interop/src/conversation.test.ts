import { expect, it } from 'vitest';
import { Conversation } from './conversation.ts';
import type { Temper } from './conversation.ts';
import type { Device } from './device.ts';
import { Dice, seededRandom } from './seeded-random.ts';
import { named, SEED } from './seed.ts';
import { SIDES } from './device.ts';
import type { Side } from './device.ts';
import { SottoDevice } from './sotto-device.ts';
import { describeWithPeer } from './with-peer.ts';

/** In one run; `SOTTO_INTEROP_MESSAGES=1000000 npx vitest run test/interop` makes a longer one. */
const MESSAGES = Number(process.env['SOTTO_INTEROP_MESSAGES'] ?? 10_000);
const EPOCHS = 10;

const calm: Temper = { burst: 3, loss: 0, late: 0, again: 0, changed: 0, restart: 0 };
const rough: Temper = { burst: 6, loss: 0.15, late: 0.3, again: 0.1, changed: 0.05, restart: 0.05 };

describeWithPeer(({ SignalDevice }) => {
  const pair = (initiator: Side, seed: string): readonly [Device, Device] => {
    const sotto = new SottoDevice('Sotto', seededRandom(`${seed}/device`));
    const signal = new SignalDevice('the library');
    return initiator === 'Sotto' ? [sotto, signal] : [signal, sotto];
  };

  for (const [what, temper] of [
    ['on a good line', calm],
    ['on a bad line', rough],
  ] as const) {
    for (const initiator of SIDES) {
      const seed = `${SEED}/${what}/${initiator}`;
      it(`INTEROP-2: ${EPOCHS} post-quantum epochs, five keyed by each side, ${what}, begun by ${initiator}`, () =>
        named(seed, async () => {
          const conversation = new Conversation(...pair(initiator, seed), new Dice(seed), temper);
          await conversation.start(true);
          while (conversation.completedEpochs < EPOCHS && conversation.sent < 5000) await conversation.step();
          await conversation.finish();
          expect(conversation.completedEpochs).toBeGreaterThanOrEqual(EPOCHS);
        }));
    }
  }

  it('INTEROP-3: goes on from stored state after every single step', () =>
    named(`${SEED}/restarts`, async () => {
      for (const initiator of SIDES) {
        const seed = `${SEED}/restarts/${initiator}`;
        const conversation = new Conversation(...pair(initiator, seed), new Dice(seed), { ...rough, restart: 1 });
        await conversation.start(true);
        while (conversation.sent < 300) await conversation.step();
        await conversation.finish();
        expect(conversation.opened).toBeGreaterThan(200);
      }
    }));

  it(
    `INTEROP-4: ${MESSAGES} messages in many conversations, in both roles, with and without one-time prekey`,
    async () => {
      const total = { sent: 0, opened: 0, refused: 0, conversations: 0 };
      while (total.sent < MESSAGES) {
        const seed = `${SEED}/${total.conversations++}`;
        const dice = new Dice(seed);
        await named(seed, async () => {
          const temper = {
            burst: 1 + dice.below(dice.chance(0.2) ? 60 : 6),
            loss: dice.below(40) / 100,
            late: dice.below(60) / 100,
            again: dice.below(20) / 100,
            changed: dice.below(20) / 100,
            restart: dice.below(10) / 100,
          };
          const initiator = dice.chance(0.5) ? 'Sotto' : 'the library';
          const conversation = new Conversation(...pair(initiator, seed), dice, temper);
          await conversation.start(dice.chance(0.5));
          const length = 20 + dice.below(dice.chance(0.2) ? 600 : 150);
          while (conversation.sent < length) await conversation.step();
          await conversation.finish();
          total.sent += conversation.sent;
          total.opened += conversation.opened;
          total.refused += conversation.refused;
        });
      }
      expect(total.conversations).toBeGreaterThan(20);
      expect(total.opened).toBeGreaterThan(total.sent / 2);
      expect(total.refused).toBeGreaterThan(total.sent / 100);
    },
    60_000 + 20 * MESSAGES,
  );
});
