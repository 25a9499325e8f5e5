/** What the owner calls the devices of the account. No server sees it. */
import type { Database } from '../store/database.ts';

const NAME = 'device-names';

export interface DeviceNamesRecord {
  /** By device number. */
  readonly names: Readonly<Record<string, string>>;
  /** ms: the latest counts. */
  readonly changedAt: number;
}

export class DeviceNames {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  get current(): DeviceNamesRecord {
    return (this.#database.getMeta(NAME) as DeviceNamesRecord | null) ?? { names: {}, changedAt: 0 };
  }

  of(device: number): string {
    return this.current.names[String(device)] ?? '';
  }

  /** Inside a transaction. */
  rename(device: number, name: string, nowMs: number): void {
    const { names, changedAt } = this.current;
    this.write({ names: { ...names, [String(device)]: name }, changedAt: Math.max(nowMs, changedAt + 1) });
  }

  /** Inside a transaction. */
  write(record: DeviceNamesRecord): void {
    this.#database.setMeta(NAME, record);
  }
}
