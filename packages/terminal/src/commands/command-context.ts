import type { EngineHandle } from '@sotto/engine/api';

/** Options every client command takes. */
export interface CommonOptions {
  readonly profile?: string;
  readonly node?: string;
  readonly pskFile?: string;
  readonly passphraseFile?: string;
  readonly json?: boolean;
}

/** What a command gets from the program around it. */
export interface CommandContext {
  readonly options: CommonOptions;
  /** Folder of the web client that was installed with this program; null: there is none. */
  readonly installedWeb: string | null;
  /** Opens the profile's engine; the program closes it when the command ends. */
  readonly session: () => Promise<EngineHandle>;
  /** A line of data to standard output: `value` as JSON with --json, else `text`. */
  readonly print: (value: object, text: string) => void;
  /** A line for the person, to standard error; silent with --json. */
  readonly tell: (text: string) => void;
  /** Fires at Ctrl-C or SIGTERM. */
  readonly interrupted: Promise<void>;
}
