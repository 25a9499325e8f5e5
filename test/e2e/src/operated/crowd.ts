import { setTimeout as pause } from 'node:timers/promises';
import { type Violation } from '../../../sim/src/history-checker.ts';
import { CrowdPlaces } from './crowd-places.ts';
import { CrowdRecipient } from './crowd-recipient.ts';
import { CrowdRecord } from './crowd-record.ts';
import { CrowdSender } from './crowd-sender.ts';
import { fetchServer } from '../../../bench/src/ring/fetch-server.ts';
import type { PostgresServer } from '../../../../packages/node/src/store/postgres/testing/postgres-server.ts';

/** Each of a sender and a recipient at one or the other edge: all four ways. */
const PAIRS = 4;
const POLL_MS = 10;
const LONGEST_MS = 60_000;

/** People who send, receive and acknowledge all the time; and a record of what they were told. */
export class Crowd {
  readonly senders: readonly CrowdSender[];
  readonly recipients: readonly CrowdRecipient[];
  record = new CrowdRecord();

  private constructor(places: CrowdPlaces) {
    this.recipients = Array.from({ length: PAIRS }, (_, at) => {
      const parts = { name: `recipient ${at}`, from: `sender ${at}`, prefers: at & 1 };
      return new CrowdRecipient(places, this.record, parts);
    });
    this.senders = this.recipients.map(
      (to, at) => new CrowdSender(places, this.record, to, { name: `sender ${at}`, prefers: at >> 1 }),
    );
  }

  static async open(ports: readonly number[]): Promise<Crowd> {
    const crowd = new Crowd(new CrowdPlaces(await fetchServer(ports[0]!), ports));
    for (const recipient of crowd.recipients) await recipient.open();
    for (const sender of crowd.senders) sender.open();
    return crowd;
  }

  /** A record of its own, and everybody at the edge that he prefers; resolves when all of them are under way. */
  async begin(): Promise<void> {
    this.record = new CrowdRecord();
    for (const one of [...this.recipients, ...this.senders]) {
      one.record = this.record;
      one.reconnect();
    }
    for (const sender of this.senders) sender.go(true);
    await this.resumed(performance.now());
  }

  /** Resolves when everybody was shown something that was written after that time. @returns ms since then */
  async resumed(since: number): Promise<number> {
    const isBack = (): boolean => this.senders.every(({ name }) => (this.record.latest.get(name) ?? 0) >= since);
    while (!isBack()) {
      if (performance.now() - since > LONGEST_MS) throw new Error(`nothing arrives: ${this.describe()}`);
      await pause(POLL_MS);
    }
    return Math.round(performance.now() - since);
  }

  /** Calls `strike` when the first recipient is shown what its sender has a receipt for, before it can acknowledge it. */
  shown(strike: () => Promise<void>): Promise<void> {
    const [recipient] = this.recipients;
    return new Promise((resolve, reject) => {
      recipient!.onShown = (id) => {
        if (!this.record.receipts.has(id)) return;
        recipient!.onShown = () => undefined;
        strike().then(resolve, reject);
      };
    });
  }

  /** No more is sent; resolves when everything was answered and the database keeps nothing for anybody. */
  async rest(database: PostgresServer): Promise<void> {
    for (const sender of this.senders) sender.go(false);
    const since = performance.now();
    while (!this.record.isAtRest || (await idsIn(database, 'envelope')).some((id) => this.record.tried.has(id))) {
      if (performance.now() - since > LONGEST_MS) throw new Error(`no rest: ${this.describe()}`);
      await pause(POLL_MS);
    }
  }

  async judge(database: PostgresServer): Promise<Violation[]> {
    const [left, gone] = [await idsIn(database, 'envelope'), await idsIn(database, 'tombstone')];
    return this.record.judge(new Set([...left, ...gone]), new Set(left));
  }

  describe(): string {
    const { tried, receipts, shown, acknowledged, refusals } = this.record;
    const counts = { tried: tried.size, receipts: receipts.size, shown: shown.size, acknowledged: acknowledged.size };
    return JSON.stringify({ ...counts, ...Object.fromEntries(refusals) });
  }

  close(): void {
    for (const one of [...this.senders, ...this.recipients]) one.close();
  }
}

async function idsIn(database: PostgresServer, table: 'envelope' | 'tombstone'): Promise<string[]> {
  const rows = await database.query<{ id: string }>(`SELECT encode(id, 'hex') AS id FROM sotto.${table}`);
  return rows.map(({ id }) => id);
}
