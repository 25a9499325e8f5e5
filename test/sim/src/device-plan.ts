import { BACKUP_PASSPHRASE } from './joining.ts';
import type { Person } from './person.ts';
import type { RandomSource } from './random-source.ts';
import type { Plan } from './scenarios.ts';
import type { VirtualClock } from './virtual-clock.ts';
import type { Weather } from './weather.ts';

export interface DevicePlanParts {
  readonly plan: Plan;
  readonly random: RandomSource;
  readonly clock: VirtualClock;
  readonly people: readonly Person[];
  readonly weather: Weather;
  readonly link: (person: Person) => void;
  /** A new machine, with a backup made now or earlier. */
  readonly restore: (person: Person, backup: Uint8Array) => void;
}

/** Sets down when devices are added and revoked. */
export function planDevices({ plan, random, clock, people, weather, link, restore }: DevicePlanParts): void {
  for (const [at, person] of people.entries()) {
    for (let more = plan.devices[at] ?? 0; more > 0; more--) {
      // Some from the beginning, some in the middle of it all.
      clock.after(random.chance(0.4) ? 0 : random.between(0, plan.spanMs), () => link(person));
    }
  }
  for (let i = 0; i < plan.revocations; i++) {
    clock.after(random.between(0, plan.spanMs), () => {
      const person = random.pick(people as [Person, ...Person[]]);
      const [first, ...others] = person.active.filter(({ number }) => number > 0);
      const device = others[random.between(0, others.length - 1)];
      if (first === undefined || device === undefined || weather.isCalm) return;
      first.revoke(device);
    });
  }
  for (let i = 0; i < plan.backups; i++) {
    const [from = 0, to = 0] = [random.between(0, plan.spanMs), random.between(0, plan.spanMs)].sort((a, b) => a - b);
    const person = random.pick(people as [Person, ...Person[]]);
    clock.after(from, () => {
      if (!person.first.isSettled) return;
      // Made at once; put to use later.
      void person.first.program.backup(BACKUP_PASSPHRASE).then((backup) => {
        clock.after(to - from, () => {
          if (!weather.isCalm) restore(person, backup);
        });
      });
    });
  }
}
