import type { Primitives } from '@sotto/protocol/crypto';
import type { Clock } from '@sotto/protocol/link';
import { envelopeId } from '@sotto/protocol/mailbox';
import {
  type NodeKey,
  nodeOf,
  stepStore,
  type StoreEvent,
  type StoreOutcome,
  type StoreState,
} from '@sotto/protocol/ring';
import { KeepAs, RefusalCode, type SendFrame, type StoredItemFrame } from '@sotto/protocol/wire';
import type { Link } from '../../links/link.ts';
import type { Limits } from '../../limits.ts';
import type { Passage } from '../../relay/authorise.ts';
import type { GroupCommit } from '../../relay/group-commit.ts';
import type { Destination } from '../../relay/relay.ts';
import type { StoreItem } from '../../store/relay-store.ts';
import { PeerError } from '../peer-error.ts';
import type { KeepOffer, KeptAnswer, ReceiptHead } from './ask-keep.ts';
import type { HomeFinder, Place } from './home-finder.ts';
import { KeepBatches, type KeepAsker, type KeepBatchesParts } from './keep-batches.ts';
import { OwnAnswers, type OwnListener } from './own-answers.ts';

export interface CoordinatorParts extends KeepBatchesParts {
  readonly primitives: Primitives;
  readonly clock: Clock;
  readonly limits: Limits;
  readonly homes: HomeFinder;
  readonly commit: GroupCommit;
  readonly spread: (baseMs: number) => number;
  /** That is kept here for its homes. */
  readonly onKept: (item: StoreItem) => void;
}

/** One envelope on its way to its homes. */
interface Job {
  readonly number: number;
  readonly link: Link;
  /** The client's; 0: no answer is wanted. */
  readonly request: number;
  readonly item: KeepOffer;
  readonly w: number;
  state: StoreState | null;
  /** Receipts so far. */
  kept: number;
  /** It still has its place in the link's window. */
  holdsWindow: boolean;
  cancelWake: (() => void) | null;
}

/** The path is as it came; what belongs to it is in the head of the answer it came in. */
type Receipt = Pick<StoredItemFrame, 'leaf' | 'path'>;

const FAILED_MS = 1000;
const OWN = new Uint8Array(0);

/**
 * Where Sends go when the ring has several nodes: to the homes of their mailbox, all at once, this node's own store
 * among them when it is one (RING-20, RING-21). A node that is alone passes them straight to its store.
 */
export class Coordinator implements Destination, KeepAsker<Job>, OwnListener {
  readonly #parts: CoordinatorParts;
  readonly #batches: KeepBatches<Job>;
  readonly #own = new OwnAnswers(this);
  readonly #jobs = new Map<number, Job>();
  #bytes = 0;
  #next = 1;

  constructor(parts: CoordinatorParts) {
    this.#parts = parts;
    this.#batches = new KeepBatches(parts, this);
  }

  get full(): boolean {
    const { commit, limits } = this.#parts;
    return commit.full || this.#jobs.size >= limits.pendingSends || this.#bytes >= limits.pendingBytes;
  }

  get crowded(): boolean {
    const { commit, limits } = this.#parts;
    return commit.crowded || 2 * this.#jobs.size >= limits.pendingSends || 2 * this.#bytes >= limits.pendingBytes;
  }

  accept(link: Link, request: number, frame: SendFrame, passage: Passage): void {
    const { homes, commit } = this.#parts;
    if (homes.alone) return commit.accept(link, request, frame, passage);
    const place = homes.of(frame.mailbox);
    if (place.isHome && place.others.length === 0) return commit.accept(link, request, frame, passage);
    this.#begin(link, request, frame, passage, place);
  }

  ownKept(head: ReceiptHead, items: readonly StoredItemFrame[]): void {
    const entries = items.flatMap(({ request, leaf, path }) => {
      const job = this.#jobs.get(request);
      return job === undefined ? [] : [{ job, receipt: { leaf, path } }];
    });
    this.#kept(this.#parts.homes.self, OWN, head, entries);
  }

  ownRefused(number: number, code: RefusalCode): void {
    const job = this.#jobs.get(number);
    if (job !== undefined) this.#step(job, { type: 'refused', from: this.#parts.homes.self, code });
  }

  kept(from: NodeKey, jobs: readonly Job[], { head, items }: KeptAnswer): void {
    const entries: { job: Job; receipt: Receipt }[] = [];
    for (const [index, job] of jobs.entries()) {
      const answer = items[index]!;
      if (answer.kept) entries.push({ job, receipt: answer });
      else this.#step(job, { type: 'refused', from, code: answer.code });
    }
    this.#kept(from, nodeOf(from), head, entries);
  }

  failed(from: NodeKey, jobs: readonly Job[], error: unknown): void {
    const code = error instanceof PeerError && error.code === 'refused' ? error.refusal : 'unreachable';
    for (const job of jobs) this.#step(job, { type: 'refused', from, code });
  }

  #begin(link: Link, request: number, frame: SendFrame, { lane, tokenHash }: Passage, { homes }: Place): void {
    const { mailbox, device, expires, body, capability } = frame;
    const id = envelopeId(this.#parts.primitives, frame);
    const item: KeepOffer = { id, mailbox, device, expires, lane, body, tokenHash, capability };
    const number = this.#next;
    this.#next = number === 2 ** 32 - 1 ? 1 : number + 1;
    const job: Job = {
      number,
      link,
      request,
      item,
      w: homes.w,
      state: null,
      kept: 0,
      holdsWindow: true,
      cancelWake: null,
    };
    this.#jobs.set(number, job);
    this.#bytes += body.length;
    this.#step(job, { type: 'start', homes });
  }

  /** Receipts of one answer: each goes on to the client that asked, together with the others for it. */
  #kept(
    from: NodeKey,
    node: Uint8Array,
    head: ReceiptHead,
    entries: readonly { readonly job: Job; readonly receipt: Receipt }[],
  ): void {
    const byLink = new Map<Link, StoredItemFrame[]>();
    for (const { job, receipt } of entries) {
      if (!this.#step(job, { type: 'kept', from, receipt }) || job.request === 0) continue;
      const item = { request: job.request, leaf: receipt.leaf, path: receipt.path };
      const items = byLink.get(job.link);
      if (items === undefined) byLink.set(job.link, [item]);
      else items.push(item);
    }
    for (const [link, items] of byLink) link.send(0, { case: 'stored', value: { ...head, items, node } });
  }

  /** @returns whether there is a receipt to pass on */
  #step(job: Job, event: StoreEvent<Receipt>): boolean {
    const { clock } = this.#parts;
    const { state, effects } = stepStore<Receipt>(job.state, event, clock.now());
    job.state = state;
    let hasReceipt = false;
    for (const effect of effects) {
      switch (effect.type) {
        case 'keep':
          this.#keep(job, effect.to, effect.as);
          break;
        case 'receipt':
          hasReceipt = true;
          job.kept += 1;
          break;
        case 'wake':
          job.cancelWake?.();
          job.cancelWake = clock.after(Math.max(0, effect.atMs - clock.now()), () => this.#step(job, { type: 'tick' }));
          break;
        case 'done':
          this.#done(job, effect.outcome);
          break;
      }
    }
    // What is stored is no longer waited for: the client's window is free for the next one.
    if (job.kept >= job.w) this.#endWindow(job);
    return hasReceipt;
  }

  #keep(job: Job, to: NodeKey, as: 'home' | 'stand-in'): void {
    if (to === this.#parts.homes.self) {
      // Who stands in does not know the tokens of the account.
      const item = as === 'home' ? job.item : { ...job.item, tokenHash: null };
      this.#parts.commit.add(this.#own, job.number, item);
      if (as === 'stand-in') this.#parts.onKept(job.item);
    } else {
      this.#batches.add(to, as === 'home' ? KeepAs.HOME : KeepAs.STAND_IN, job, job.item);
    }
  }

  #done(job: Job, outcome: StoreOutcome): void {
    job.cancelWake?.();
    job.cancelWake = null;
    if (this.#jobs.delete(job.number)) this.#bytes -= job.item.body.length;
    this.#endWindow(job);
    if (!outcome.enough) this.#refuse(job, outcome);
  }

  /** Also when some receipts came: no others will. */
  #refuse(job: Job, { refusal }: StoreOutcome): void {
    if (job.link.closed) return;
    if (refusal !== null) return job.link.refuse(job.request, refusal);
    const answers = [...(job.state?.asked.values() ?? [])].map(({ answer }) => answer);
    const everybody = (code: RefusalCode): boolean => answers.length > 0 && answers.every((answer) => answer === code);
    const retryMs = this.#parts.spread(FAILED_MS);
    if (everybody(RefusalCode.NOT_HOME)) job.link.refuse(job.request, RefusalCode.NOT_HOME);
    else if (everybody(RefusalCode.DISK_FULL)) job.link.refuse(job.request, RefusalCode.DISK_FULL, 30 * retryMs);
    else job.link.refuse(job.request, RefusalCode.BUSY, retryMs);
  }

  #endWindow(job: Job): void {
    if (!job.holdsWindow) return;
    job.holdsWindow = false;
    job.link.end(job.item.body.length);
  }
}
