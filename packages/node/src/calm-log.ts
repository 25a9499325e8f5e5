import type { Clock } from '@sotto/protocol/link';
import type { Log, LogFields } from './log.ts';

/** Said without end while a disk is full or other nodes are away, or whenever somebody asks for it. */
const REPEATED: ReadonlySet<string> = new Set([
  'access-failed',
  'account-failed',
  'acknowledge-failed',
  'acknowledgement-unchecked',
  'commit-failed',
  'directory-failed',
  'expire-failed',
  'fetch-failed',
  'hand-off-failed',
  'keep-failed',
  'repair-failed',
]);

const QUIET_MS = 60_000;

interface Said {
  readonly atMs: number;
  missed: number;
}

/** What fails again and again fills no log: of each such line one a minute is written, for each code (NODE-37). */
export class CalmLog implements Log {
  readonly #log: Log;
  readonly #clock: Clock;
  readonly #said = new Map<string, Said>();

  constructor(log: Log, clock: Clock) {
    this.#log = log;
    this.#clock = clock;
  }

  info(event: string, fields: LogFields = {}): void {
    this.#log.info(event, fields);
  }

  warn(event: string, fields: LogFields = {}): void {
    const calm = this.#calm(event, fields);
    if (calm !== null) this.#log.warn(event, calm);
  }

  error(event: string, fields: LogFields = {}): void {
    const calm = this.#calm(event, fields);
    if (calm !== null) this.#log.error(event, calm);
  }

  /** null: it was said a moment ago. */
  #calm(event: string, fields: LogFields): LogFields | null {
    if (!REPEATED.has(event)) return fields;
    const key = `${event} ${String(fields['error'])} ${String(fields['code'])}`;
    const nowMs = this.#clock.now();
    const before = this.#said.get(key);
    if (before !== undefined && nowMs - before.atMs < QUIET_MS) {
      before.missed += 1;
      return null;
    }
    this.#said.set(key, { atMs: nowMs, missed: 0 });
    return before === undefined || before.missed === 0 ? fields : { ...fields, missed: before.missed };
  }
}
