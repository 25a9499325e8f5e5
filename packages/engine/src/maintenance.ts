import { retirePreviousCapability } from './contacts/people.ts';
import type { EngineParts } from './engine-parts.ts';

/** What is done now and then for as long as the engine runs: forgetting what is not needed any more, renewing keys. */
export function maintain(parts: EngineParts): void {
  const { timers, inbox, home, ownSide, wiping } = parts;
  inbox.prune();
  ownSide.prune();
  if (home.isOnline) ownSide.online();
  retirePreviousCapability(parts);
  wiping.prune(timers.now());
  home.publish();
}
