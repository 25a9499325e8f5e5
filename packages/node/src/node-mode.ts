import type { Primitives } from '@sotto/protocol/crypto';
import type { Clock } from '@sotto/protocol/link';
import { RefusalCode } from '@sotto/protocol/wire';
import { AcknowledgeBatch } from './delivery/acknowledge-batch.ts';
import { Deliveries } from './delivery/deliveries.ts';
import type { Outlets } from './delivery/outlet.ts';
import type { KeyStore } from './directory/key-directory.ts';
import type { Limits } from './limits.ts';
import type { Turn } from './links/turn.ts';
import { LiveDirectory } from './live/live-directory.ts';
import type { LiveOutlet } from './live/live-outlet.ts';
import { LiveRelay } from './live/live-relay.ts';
import type { Log } from './log.ts';
import type { NodeIdentity } from './node-identity.ts';
import type { NodeMetrics } from './node-metrics.ts';
import type { StageTimes } from './stages/stage-times.ts';
import { CommitAnswers } from './relay/commit-answers.ts';
import { GroupCommit } from './relay/group-commit.ts';
import type { Destination } from './relay/relay.ts';
import type { RelayStore } from './store/relay-store.ts';
import type { Wake } from './wake/wake.ts';

/** What every part of a node shares. */
export interface SharedParts {
  readonly primitives: Primitives;
  readonly clock: Clock;
  readonly turn: Turn;
  readonly limits: Limits;
  readonly log: Log;
  readonly metrics: NodeMetrics;
  readonly identity: NodeIdentity;
  /** Spreads retries. @returns ms between base and twice that */
  readonly spread: (baseMs: number) => number;
  /** The way to the other edges; null: there are none. */
  readonly wake: Wake | null;
  readonly stages: StageTimes;
}

/** What a node with a store shares with the other nodes of its ring. */
interface StoredParts {
  readonly store: RelayStore;
  readonly commit: GroupCommit;
  readonly deliveries: Deliveries;
}

/** Where a node with a store and a live node differ. */
export interface NodeMode {
  /** null: a live node. */
  readonly stored: StoredParts | null;
  /** null: a node with a store. */
  readonly live: LiveRelay | null;
  readonly keyStore: KeyStore;
  readonly outlets: Outlets;
  readonly destination: Destination;
  /** The refusal when nobody of a key is here. */
  readonly absentCode: RefusalCode;
  waiting(mailbox: Uint8Array, device: number): Promise<number>;
  /** A certified link of this account opened. */
  opened(account: Uint8Array): void;
  /** @returns whether everything of the account was forgotten */
  closed(account: Uint8Array): boolean;
  expire(nowSeconds: number): Promise<number>;
  /** Resolves when nothing is on its way to the disk. */
  idle(): Promise<void>;
}

export function storedMode(parts: SharedParts, store: RelayStore): NodeMode {
  const acknowledgements = new AcknowledgeBatch({ ...parts, store });
  const deliveries = new Deliveries({ ...parts, store, acknowledgements });
  const commit = new GroupCommit(parts, store, new CommitAnswers({ ...parts, deliveries }));
  return {
    stored: { store, commit, deliveries },
    live: null,
    keyStore: store,
    outlets: deliveries,
    destination: commit,
    absentCode: RefusalCode.NO_MAILBOX,
    waiting: (mailbox, device) => store.waiting(mailbox, device),
    opened: () => {},
    closed: () => false,
    expire: (nowSeconds) => store.expire(nowSeconds),
    idle: async () => {
      await commit.idle();
      await acknowledgements.idle();
    },
  };
}

export function liveMode(parts: SharedParts): NodeMode {
  const byDevice = new Map<string, LiveOutlet>();
  const directory = parts.wake?.liveKeys ?? new LiveDirectory((key) => byDevice.has(key));
  const relay = new LiveRelay(parts, directory, byDevice);
  return {
    stored: null,
    live: relay,
    keyStore: directory,
    outlets: relay,
    destination: relay,
    absentCode: RefusalCode.NOT_ATTACHED,
    waiting: () => Promise.resolve(0),
    opened: (account) => directory.enter(account),
    closed: (account) => directory.leave(account),
    expire: () => Promise.resolve(0),
    idle: () => Promise.resolve(),
  };
}
