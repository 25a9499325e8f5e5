import type { Clock } from '@sotto/protocol/link';
import {
  type HandoffEffect,
  type HandoffEvent,
  type HandoffState,
  hexOf,
  type NodeKey,
  stepHandoff,
} from '@sotto/protocol/ring';
import { KeepAs, RefusalCode } from '@sotto/protocol/wire';
import { describeError, type Log } from '../../log.ts';
import type { RelayStore, StoreItem } from '../../store/relay-store.ts';
import type { HeldEnvelope } from '../../store/ring-store.ts';
import { PeerError } from '../peer-error.ts';
import type { RingRuntime } from '../ring-runtime.ts';
import { askKeep, type AskKeepParts, type KeptAnswer } from './ask-keep.ts';
import type { HomeFinder } from './home-finder.ts';
import { chunksOf } from './keep-batches.ts';
import { isWhole } from './scrub.ts';
import type { ShownTokens } from './shown-tokens.ts';
import type { UnwantedMail } from './unwanted-mail.ts';

export interface HandoffParts extends AskKeepParts {
  readonly clock: Clock;
  readonly log: Log;
  readonly ring: RingRuntime;
  readonly homes: HomeFinder;
  readonly store: Pick<RelayStore, 'inventory' | 'read' | 'discard'>;
  readonly tokens: ShownTokens;
  readonly unwanted: UnwantedMail;
  /** Those of that partition are held by all homes, or wanted by none, and no longer here. */
  readonly onDiscarded: (partition: number, envelopes: readonly HeldEnvelope[]) => void;
}

const RETRY_MS = 5000;

/** Hands one partition over to its homes, of which this node is none (RING-22). */
export class Handoff {
  readonly partition: number;
  readonly #parts: HandoffParts;
  readonly #onDone: () => void;
  readonly #onRest: () => void;
  #state: HandoffState | null = null;
  /** The page that is being handed over. */
  #page = new Map<string, HeldEnvelope>();
  #lastSequence = 0;
  #cancelWake: (() => void) | null = null;
  #ended = false;

  /** @param onRest it waits for a home that is away */
  constructor(parts: HandoffParts, partition: number, onDone: () => void, onRest: () => void) {
    this.#parts = parts;
    this.partition = partition;
    this.#onDone = onDone;
    this.#onRest = onRest;
  }

  /** Waits for a home that is away, for a day perhaps. */
  get resting(): boolean {
    return this.#state?.phase === 'resting';
  }

  start(boots: ReadonlyMap<NodeKey, string>): void {
    const { ring, homes } = this.#parts;
    const { homes: keys } = homes.at(this.partition).homes;
    this.#step({ type: 'start', self: ring.self, epoch: ring.view().epoch, homes: keys, boots });
  }

  viewChanged(): void {
    const { ring, homes } = this.#parts;
    this.#step({ type: 'view', epoch: ring.view().epoch, homes: homes.at(this.partition).homes.homes });
  }

  peerUp(from: NodeKey, boot: string): void {
    this.#step({ type: 'peerBoot', from, boot });
  }

  stop(): void {
    this.#ended = true;
    this.#cancelWake?.();
  }

  #step(event: HandoffEvent): void {
    if (this.#ended) return;
    const { clock } = this.#parts;
    const { state, effects } = stepHandoff(this.#state, event, clock.now());
    this.#state = state;
    for (const effect of effects) this.#perform(effect);
    if (this.resting) this.#onRest();
  }

  #perform(effect: HandoffEffect): void {
    const { clock } = this.#parts;
    switch (effect.type) {
      case 'read':
        return this.#try(() => this.#read(effect.after, effect.limit));
      case 'keep':
        return this.#try(() => this.#keep(effect.to, effect.ids, effect.round));
      case 'discard':
        return this.#try(() => this.#discard(this.#pageOf(effect.ids)));
      case 'unwanted':
        return this.#try(() => this.#setAside(this.#pageOf(effect.ids)));
      case 'wake':
        this.#cancelWake?.();
        this.#cancelWake = clock.after(Math.max(1, effect.atMs - clock.now()), () => this.#step({ type: 'tick' }));
        return;
      case 'done':
        this.stop();
        return this.#onDone();
    }
  }

  /** A store that fails ends this attempt; the next look at what is held begins another one. */
  #try(work: () => Promise<void>): void {
    work().catch((error: unknown) => {
      if (this.#ended) return;
      this.#parts.log.error('hand-off-failed', describeError(error));
      this.stop();
      this.#parts.clock.after(RETRY_MS, this.#onDone);
    });
  }

  // In commit order, not by id: what comes meanwhile stands behind, and is found by the next pass at the latest.
  async #read(after: string, limit: number): Promise<void> {
    const { store, clock } = this.#parts;
    if (after === '') this.#lastSequence = 0;
    let live: HeldEnvelope[];
    let page: HeldEnvelope[];
    do {
      page = await store.inventory(this.partition, this.#lastSequence, limit);
      this.#lastSequence = page.at(-1)?.sequence ?? this.#lastSequence;
      const nowSeconds = clock.now() / 1000;
      live = page.filter(({ expires }) => expires > nowSeconds);
      // What has expired is nobody's any more: the next run of expiry removes it.
    } while (live.length === 0 && page.length > 0);
    this.#page = new Map(live.map((held) => [hexOf(held.id), held]));
    this.#step({ type: 'page', ids: [...this.#page.keys()] });
  }

  async #keep(to: NodeKey, ids: readonly string[], round: number): Promise<void> {
    const items = await this.#parts.store.read(this.#pageOf(ids));
    // A damaged one is no copy: nobody would take it under its id.
    const held = items.filter((item) => item !== null && isWhole(this.#parts.primitives, item)) as StoreItem[];
    if (held.length < ids.length) {
      const here = new Set(held.map(({ id }) => hexOf(id)));
      this.#step({ type: 'gone', ids: ids.filter((id) => !here.has(id)) });
    }
    await Promise.all(chunksOf(held, ({ body }) => body.length).map((chunk) => this.#ask(to, chunk, round)));
  }

  async #ask(to: NodeKey, items: readonly StoreItem[], round: number): Promise<void> {
    const peer = this.#parts.ring.peer(to);
    const ids = items.map(({ id }) => hexOf(id));
    try {
      if (peer === null) throw new PeerError('down');
      const { tokens } = this.#parts;
      const answer = await askKeep(
        this.#parts,
        peer,
        KeepAs.HOME,
        items.map((item) => tokens.offer(item)),
      );
      for (const [index, { id }] of items.entries()) {
        const kept = answer.items[index]!;
        if (!kept.kept && kept.code === RefusalCode.TOKEN_USED) tokens.used(id);
      }
      this.#answered(to, ids, round, answer);
    } catch (error) {
      if (!(error instanceof PeerError)) throw error;
      const code = error.code === 'refused' ? error.refusal : 'unreachable';
      this.#step({ type: 'refused', from: to, round, ids, code, retryMs: error.retryMs });
    }
  }

  #answered(from: NodeKey, ids: readonly string[], round: number, { items, boot }: KeptAnswer): void {
    const kept = ids.filter((_, index) => items[index]!.kept);
    for (const [index, id] of ids.entries()) {
      const answer = items[index]!;
      if (answer.kept) continue;
      this.#step({ type: 'refused', from, round, ids: [id], code: answer.code, retryMs: answer.retryMs });
    }
    if (kept.length > 0) this.#step({ type: 'kept', from, boot: hexOf(boot), round, ids: kept });
  }

  #pageOf(ids: readonly string[]): HeldEnvelope[] {
    return ids.flatMap((id) => this.#page.get(id) ?? []);
  }

  async #discard(envelopes: readonly HeldEnvelope[]): Promise<void> {
    const { store, tokens, onDiscarded } = this.#parts;
    await store.discard(envelopes);
    for (const { id } of envelopes) tokens.gone(id);
    onDiscarded(this.partition, envelopes);
  }

  /** A quorum of the homes does not want these. */
  async #setAside(envelopes: readonly HeldEnvelope[]): Promise<void> {
    const { homes, unwanted } = this.#parts;
    const given: HeldEnvelope[] = [];
    for (const envelope of envelopes) if (await unwanted.isGivenUp(envelope)) given.push(envelope);
    if (given.length > 0 && !this.#ended && !homes.at(this.partition).isHome) await this.#discard(given);
  }
}
