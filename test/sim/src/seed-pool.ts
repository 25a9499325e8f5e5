import { type ChildProcess, fork } from 'node:child_process';
import type { Violation } from './history-checker.ts';
import type { ScenarioName } from './scenarios.ts';

/** Two people and a node, or a whole ring (ring/ring-world.ts). */
export type AnyScenario = ScenarioName | 'ring';

/** How one seed went. */
export interface SeedReport {
  readonly scenario: AnyScenario;
  readonly seed: number;
  readonly digest: string;
  readonly violations: readonly Violation[];
  /** The run itself broke: not a word of the checker, and never good. */
  readonly failure: string | null;
}

const PROGRAM = new URL('./seed-process.ts', import.meta.url);
const MUTATE = new URL('./mutate.ts', import.meta.url);

/** One process that runs seeds, with a bug put in or without. */
export class SeedProcess {
  readonly #child: ChildProcess;
  readonly #ready: Promise<void>;
  #errors = '';

  /** @param mutant name of the bug to put in; null: none */
  constructor(mutant: string | null) {
    this.#child = fork(PROGRAM, {
      execArgv: mutant === null ? [] : ['--import', MUTATE.href],
      env: { ...process.env, ...(mutant === null ? {} : { SOTTO_MUTANT: mutant }) },
      stdio: ['ignore', 'inherit', 'pipe', 'ipc'],
    });
    this.#child.stderr?.setEncoding('utf8').on('data', (text: string) => (this.#errors += text));
    this.#ready = this.#answer().then(() => undefined);
    this.#ready.catch(() => undefined);
  }

  /** @throws Error when the process ends before it is done */
  async run(scenario: AnyScenario, seed: number): Promise<SeedReport> {
    await this.#ready;
    const answer = this.#answer();
    this.#child.send({ scenario, seed });
    return (await answer) as SeedReport;
  }

  end(): void {
    this.#child.kill();
  }

  #answer(): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const onMessage = (message: unknown): void => {
        this.#child.off('close', onClose);
        resolve(message);
      };
      const onClose = (): void => {
        this.#child.off('message', onMessage);
        reject(new Error(this.#errors.trim() || 'The process of the simulation ended.'));
      };
      this.#child.once('message', onMessage);
      this.#child.once('close', onClose);
    });
  }
}
