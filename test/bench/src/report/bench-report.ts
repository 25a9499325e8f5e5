import type { Figures } from '../figures.ts';
import type { Group } from '../scenarios/scenario.ts';

/** What a run of the benchmark writes with --json, and what the tables and charts of docs/benchmarks.md are made of. */
export interface BenchReport {
  /** To the minute, UTC. */
  readonly takenAt: string;
  readonly machine: Machine;
  /** Names and versions. */
  readonly programs: readonly string[];
  readonly quick: boolean;
  /** By the scenario's name. */
  readonly results: Record<string, Result>;
  /** By the programme's name, as it tells them. */
  readonly programmes: Record<string, unknown>;
}

export interface Result {
  readonly group: Group;
  readonly subject: string;
  readonly work: string;
  readonly runs: number;
  /** Medians; null: left out. */
  readonly figures: Figures | null;
  /** Why it or a part of it was left out; null: nothing was. */
  readonly skipped: string | null;
}

export interface Machine {
  readonly description: string;
  /** Of one minute, before the run. */
  readonly load: number;
}
