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
}

/** Sets down when devices are added and revoked. */
export function planDevices({ plan, random, clock, people, weather, link }: DevicePlanParts): void {
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
}
