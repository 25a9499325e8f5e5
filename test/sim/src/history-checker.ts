import { checkArrivals } from './check-arrivals.ts';
import { checkEnvelopes } from './check-envelopes.ts';
import { checkScreens } from './check-screens.ts';
import { checkStates } from './check-states.ts';
import { checkWords } from './check-words.ts';
import type { HistoryEvent } from './history-events.ts';

/** What docs/simulation.md says of each. */
type Rule =
  | 'HIST-1 not sent'
  | 'HIST-2 shown twice'
  | 'HIST-3 out of order'
  | 'HIST-4 vanished'
  | 'HIST-5 state went back'
  | 'HIST-6 not on the disk'
  | 'HIST-7 came back'
  | 'HIST-8 acknowledged, not kept'
  | 'HIST-9 encrypted again'
  | 'HIST-10 acknowledged, not shown'
  | 'HIST-11 not delivered'
  | 'HIST-12 left over'
  | 'HIST-13 internal fault'
  | 'HIST-14 not on all screens'
  | 'HIST-15 sent to a revoked screen'
  | 'HIST-16 not the latest words'
  | 'HIST-17 did not disappear';

export interface Violation {
  readonly rule: Rule;
  /** Index of the event at which it showed. */
  readonly at: number;
  readonly text: string;
}

/**
 * Whether a history keeps what Sotto promises. A pure function over what was seen, so that simulated and real runs
 * are judged by the same rules. Events of the node are optional: their rules then say nothing.
 * @returns what is wrong, in the order in which it showed; empty: all is well
 */
export function checkHistory(events: readonly HistoryEvent[]): Violation[] {
  return [checkScreens, checkStates, checkArrivals, checkWords, checkEnvelopes]
    .flatMap((check) => check(events))
    .sort((a, b) => a.at - b.at);
}
