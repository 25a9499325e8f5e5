import type { Primitives } from '@sotto/protocol/crypto';
import { envelopeId } from '@sotto/protocol/mailbox';
import type { SendFrame } from '@sotto/protocol/wire';
import type { Link } from '../links/link.ts';
import type { Turn } from '../links/turn.ts';
import type { Limits } from '../limits.ts';
import type { RelayStore, StoreItem, StoreOutcome } from '../store/relay-store.ts';
import type { Passage } from './authorise.ts';
import { fairShare } from './fair-share.ts';
import type { Destination } from './relay.ts';

/** Whom the outcome is told: the link it came by, or who stands in its place. */
export type Sender = Pick<Link, 'closed' | 'send' | 'refuse' | 'end'>;

/** A Send on its way to the disk. */
export interface PendingSend {
  readonly link: Sender;
  readonly request: number;
  readonly item: StoreItem;
}

/** What becomes of a commit. */
export interface CommitEnd {
  /** Asked of the store; one of the other two follows. The next one may begin before this one is reported. */
  began(sends: readonly PendingSend[]): void;
  /** In the order of the sends; on the disk now. */
  committed(sends: readonly PendingSend[], outcomes: readonly StoreOutcome[]): void;
  failed(sends: readonly PendingSend[], error: unknown): void;
}

/** Of what may wait: from here on who has something waiting already is told to come later. */
const CROWDED = 0.5;

const linkOf = ({ link }: PendingSend): Sender => link;

/**
 * The Sends of one turn go to the store as one batch; while a batch is under way the next one gathers. So the load
 * itself chooses the batch size, and one fsync and one signature serve all of it (network.md rule 3).
 */
export class GroupCommit implements Destination {
  readonly #primitives: Primitives;
  readonly #store: Pick<RelayStore, 'store'>;
  readonly #turn: Turn;
  readonly #limits: Limits;
  readonly #end: CommitEnd;
  #gathering: PendingSend[] = [];
  #planned = false;
  #underWay = false;
  #pendingSends = 0;
  #pendingBytes = 0;
  #onIdle: (() => void)[] = [];

  constructor(
    parts: { primitives: Primitives; turn: Turn; limits: Limits },
    store: Pick<RelayStore, 'store'>,
    end: CommitEnd,
  ) {
    this.#primitives = parts.primitives;
    this.#store = store;
    this.#turn = parts.turn;
    this.#limits = parts.limits;
    this.#end = end;
  }

  get full(): boolean {
    return this.#pendingSends >= this.#limits.pendingSends || this.#pendingBytes >= this.#limits.pendingBytes;
  }

  get crowded(): boolean {
    const { pendingSends, pendingBytes } = this.#limits;
    return this.#pendingSends >= CROWDED * pendingSends || this.#pendingBytes >= CROWDED * pendingBytes;
  }

  accept(link: Link, request: number, frame: SendFrame, passage: Passage): void {
    const { mailbox, device, expires, body } = frame;
    const { lane, tokenHash } = passage;
    const id = envelopeId(this.#primitives, frame);
    this.add(link, request, { id, mailbox, device, expires, lane, body, tokenHash });
  }

  /** @param item its id was computed from the rest of it */
  add(link: Sender, request: number, item: StoreItem): void {
    this.#gathering.push({ link, request, item });
    this.#pendingSends += 1;
    this.#pendingBytes += item.body.length;
    if (this.#planned || this.#underWay) return;
    this.#planned = true;
    this.#turn.runBatch(this.#begin);
  }

  /** Resolves when nothing waits for the disk. */
  idle(): Promise<void> {
    if (this.#pendingSends === 0) return Promise.resolve();
    return new Promise((resolve) => this.#onIdle.push(resolve));
  }

  readonly #begin = (): void => {
    this.#planned = false;
    if (this.#underWay || this.#gathering.length === 0) return;
    const most = this.#limits.commitItems;
    let sends = this.#gathering;
    this.#gathering = [];
    if (sends.length > most) ({ taken: sends, left: this.#gathering } = fairShare(sends, most, linkOf));
    this.#underWay = true;
    this.#end.began(sends);
    this.#store.store(sends.map(({ item }) => item)).then(
      (outcomes) => this.#finish(sends, () => this.#end.committed(sends, outcomes)),
      (error: unknown) => this.#finish(sends, () => this.#end.failed(sends, error)),
    );
  };

  #finish(sends: readonly PendingSend[], report: () => void): void {
    this.#underWay = false;
    this.#pendingSends -= sends.length;
    for (const { link, item } of sends) {
      this.#pendingBytes -= item.body.length;
      link.end(item.body.length);
    }
    // First the next batch, so that the disk works while receipts are signed.
    this.#begin();
    report();
    if (this.#pendingSends > 0) return;
    const idle = this.#onIdle;
    this.#onIdle = [];
    for (const resolve of idle) resolve();
  }
}
