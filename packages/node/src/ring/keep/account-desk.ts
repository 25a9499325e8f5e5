import type { Primitives } from '@sotto/protocol/crypto';
import type { Clock } from '@sotto/protocol/link';
import type { NodeKey } from '@sotto/protocol/ring';
import { create, FetchAccountSchema, RefusalCode } from '@sotto/protocol/wire';
import { sameBytes } from '@sotto/protocol/crypto';
import { describeError, type Log } from '../../log.ts';
import type { RelayStore } from '../../store/relay-store.ts';
import { PeerError } from '../peer-error.ts';
import type { PeerLink } from '../peer-link.ts';
import type { RingRuntime } from '../ring-runtime.ts';
import { agreeing, recordMessage, type VerifiedRecord, verifyRecord } from './account-records.ts';

export interface AccountDeskParts {
  readonly primitives: Primitives;
  readonly clock: Clock;
  readonly log: Log;
  readonly ring: RingRuntime;
  readonly store: Pick<RelayStore, 'accountRecord'>;
  readonly spread: (baseMs: number) => number;
}

/** What the asked nodes said of an account. */
export interface Findings {
  readonly records: readonly VerifiedRecord[];
  /** How many do not know it. */
  readonly unknown: number;
}

type Answer = VerifiedRecord | 'unknown' | null;

const ASK_MS = 2000;
/** When one home has told something, so long the others are waited for. */
const GRACE_MS = 300;
const FAILED_MS = 1000;
/** Homes take access of a day ahead (NODE-35), and their clocks differ. */
const AHEAD_MS = 2 * 86_400_000;

/** Records of accounts, given to other nodes and asked of them (RING-27). */
export class AccountDesk {
  readonly #parts: AccountDeskParts;

  constructor(parts: AccountDeskParts) {
    this.#parts = parts;
    parts.ring.serve('fetchAccount', (_from, { account }, reply) => {
      const copy = account.slice();
      parts.store.accountRecord(copy).then(
        (kept) => reply.answer({ case: 'account', value: recordMessage(copy, kept) }),
        (error: unknown) => {
          parts.log.error('account-failed', describeError(error));
          reply.refuse(RefusalCode.BUSY, parts.spread(FAILED_MS));
        },
      );
    });
  }

  /** Asks all of them at once: one alone could tell what was true long ago. Never rejects. */
  async fetch(account: Uint8Array, from: readonly NodeKey[]): Promise<Findings> {
    const answers = await this.#answers(account, from);
    const records = answers.filter((answer) => answer !== 'unknown' && answer !== null);
    return {
      records: agreeing(records, this.#parts.clock.now() + AHEAD_MS),
      unknown: answers.filter((answer) => answer === 'unknown').length,
    };
  }

  #answers(account: Uint8Array, from: readonly NodeKey[]): Promise<readonly Answer[]> {
    if (from.length === 0) return Promise.resolve([]);
    const { promise, resolve } = Promise.withResolvers<readonly Answer[]>();
    const answers: Answer[] = [];
    for (const key of from) {
      void this.#ask(account, key).then((answer) => {
        answers.push(answer);
        if (answers.length === from.length) resolve(answers);
        else if (answer !== null && answer !== 'unknown') {
          this.#parts.clock.after(GRACE_MS, () => resolve(answers.slice()));
        }
      });
    }
    return promise;
  }

  /** null: no answer, or none that holds. */
  async #ask(account: Uint8Array, key: NodeKey): Promise<Answer> {
    const peer = this.#parts.ring.peer(key);
    if (peer === null) return null;
    try {
      const body = { case: 'fetchAccount' as const, value: create(FetchAccountSchema, { account }) };
      const answer = await peer.request(body, ASK_MS);
      if (answer.case !== 'account' || !sameBytes(answer.value.account, account)) return this.#lied(peer);
      try {
        return verifyRecord(this.#parts.primitives, account, answer.value) ?? 'unknown';
      } catch {
        return this.#lied(peer);
      }
    } catch (error) {
      if (!(error instanceof PeerError)) this.#parts.log.error('account-failed', describeError(error));
      return null;
    }
  }

  #lied(peer: PeerLink): null {
    peer.misbehaved('account-record');
    return null;
  }
}
