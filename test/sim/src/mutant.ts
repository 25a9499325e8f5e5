import type { ScenarioName } from './scenarios.ts';

/** A change of one source file, by exact text: that text must be in the file once. */
export interface Patch {
  /** From the root of the repository. */
  readonly file: string;
  readonly find: string;
  readonly replace: string;
}

/** A bug put in on purpose, which the history checker must notice. */
export interface Mutant {
  readonly name: string;
  /** What would be wrong with such a program. */
  readonly bug: string;
  /** Where it shows. */
  readonly scenario: ScenarioName;
  /** It was noticed there, and soon: tried before all others. */
  readonly seed: number;
  readonly patches: readonly Patch[];
}
