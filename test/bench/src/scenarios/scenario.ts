import type { Figures } from '../figures.ts';

/** The tables of the report. */
export type Group = 'relay' | 'latency' | 'store' | 'mixed' | 'idle' | 'storm' | 'backlog' | 'operated';

/** A measurement of servers, a run of which takes seconds to a minute. The median of the runs is reported. */
export interface Scenario {
  readonly name: string;
  readonly group: Group;
  /** Who is measured: the first column of its table. */
  readonly subject: string;
  /** What with: the second column. */
  readonly work: string;
  readonly runs: number;
  /** 0: left out when it is to be quick. */
  readonly quickRuns: number;
  /** Why it is left out here; null: it is not. */
  readonly missing: () => string | null;
  /** @param scale below 1: so much less of everything, only to see that it works */
  readonly measure: (scale: number) => Promise<Figures | Skipped>;
}

/** Something that only turns out while it is measured. */
export interface Skipped {
  readonly skipped: string;
}

export const nothingMissing = (): null => null;
