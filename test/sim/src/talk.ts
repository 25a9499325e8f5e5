import type { Device } from './device.ts';
import type { Person } from './person.ts';
import type { RandomSource } from './random-source.ts';
import type { Plan } from './scenarios.ts';
import type { VirtualClock } from './virtual-clock.ts';

export interface TalkParts {
  readonly plan: Plan;
  readonly random: RandomSource;
  readonly clock: VirtualClock;
  readonly people: readonly Person[];
}

/** Sets down what people write and do from now until the end of the plan's span. */
export function planTalk({ plan, random, clock, people }: TalkParts): void {
  const { messages, share, spanMs, burst, waits } = plan;
  const [ann, bob] = people;
  if (ann === undefined || bob === undefined) return;
  for (let sent = 0; sent < messages;) {
    const person = random.chance(share) || (waits && sent === 0) ? ann : bob;
    const count = Math.min(messages - sent, random.between(1, burst));
    const numbers = Array.from({ length: count }, (_, i) => sent + i);
    sent += count;
    clock.after(random.between(0, spanMs), () => {
      const device = anyOf(person, random);
      const [other] = person.others;
      if (other === undefined) return;
      for (const number of numbers) device.write(other, `${number} ${'x'.repeat(random.pick([1, 20, 200, 3000]))}`);
    });
  }
  for (let i = random.between(0, 6); i > 0; i--) {
    const person = random.pick([ann, bob]);
    const other = person === ann ? bob : ann;
    const action = random.pick([
      () => anyOf(person, random).read(other),
      () => anyOf(person, random).type(other, random.chance(0.7)),
      () => anyOf(person, random).rename(`${person.name} ${random.between(1, 9)}`),
    ]);
    clock.after(random.between(0, spanMs), action);
  }
  planChanges({ plan, random, clock, people });
}

/** Words change, reactions come and go, messages are taken back or disappear. */
function planChanges({ plan, random, clock, people }: TalkParts): void {
  const somebody = (): Device => anyOf(random.pick(people as [Person, ...Person[]]), random);
  for (let i = 0; i < plan.changes; i++) {
    const text = `changed ${i}`;
    const action = random.pick([
      () => somebody().change({ text }, true, random),
      // What others said cannot be changed, however often it is tried.
      () => somebody().change({ text }, random.chance(0.7), random),
      () => somebody().change({ emoji: random.pick(EMOJI) }, random.chance(0.3), random),
      () => somebody().change({ emoji: random.pick(EMOJI) }, random.chance(0.3), random),
      () => somebody().change({ deleted: true }, true, random),
    ]);
    clock.after(random.between(0, plan.spanMs), action);
  }
  for (let i = 0; i < plan.timers; i++) {
    const seconds = random.pick([0, 5, 60, 3600]);
    clock.after(random.between(0, plan.spanMs), () => {
      const device = somebody();
      for (const other of device.person.others) device.setTimer(other, seconds);
    });
  }
  // Messages with an end begin to disappear when they are read.
  for (let i = 0; i < 3 * plan.timers; i++) {
    clock.after(random.between(0, plan.spanMs), () => {
      const device = somebody();
      for (const other of device.person.others) device.read(other);
    });
  }
}

const EMOJI = ['', '👍', '❤️', '😀'] as const;

const anyOf = ({ active, first }: Person, random: RandomSource): Device =>
  active[random.between(0, active.length - 1)] ?? first;
