import { type Primitives, type Random, sameBytes } from '@sotto/protocol/crypto';
import { type Clock, CLOSE, type LinkChannel, type Socket } from '@sotto/protocol/link';
import type { VerifiedDescriptor } from '@sotto/protocol/identity';
import { DescriptorSet, epochAt, epochStart, type NodeKey, nodeKeyOf, type View } from '@sotto/protocol/ring';
import { AdmissionSchema, decodeStrict, type Frame, MAX_DESCRIPTOR } from '@sotto/protocol/wire';
import type { Link } from '../links/link.ts';
import { describeError, type Log } from '../log.ts';
import type { NodeIdentity } from '../node-identity.ts';
import type { NodeMetrics } from '../node-metrics.ts';
import { foundRing } from './found-ring.ts';
import { OwnDescriptor } from './own-descriptor.ts';
import type { PeerEnd } from './peer-end.ts';
import { PeerFrames, type PeerRates } from './peer-frames.ts';
import { PeerHandlers } from './peer-handlers.ts';
import type { PeerLink } from './peer-link.ts';
import { PeerLinks } from './peer-links.ts';
import type { RingState } from './ring-file.ts';
import type { RingOptions } from './ring-options.ts';
import { ViewDesk } from './view-desk.ts';

export interface RingParts {
  readonly primitives: Primitives;
  readonly random: Random;
  readonly clock: Clock;
  readonly limits: PeerRates;
  readonly log: Log;
  readonly metrics: NodeMetrics;
  readonly identity: NodeIdentity;
  readonly spread: (baseMs: number) => number;
  readonly psk: Uint8Array | null;
  readonly urls: readonly string[];
  readonly capabilities: readonly string[];
  readonly ring: RingOptions;
  readonly openLink: (socket: Socket, channel: LinkChannel, setUp: (link: Link) => void) => void;
  readonly onShared: (link: Link, frame: Frame) => boolean;
}

const SAVE_MS = 1000;

/** This node's part in its network: what it knows of the others, what it says of itself, and its links to them. */
export class RingRuntime {
  readonly self: NodeKey;
  readonly epochSeconds: number;
  readonly descriptors: DescriptorSet;
  readonly own: OwnDescriptor;
  readonly links: PeerLinks;
  readonly viewDesk: ViewDesk;
  readonly #parts: RingParts;
  readonly #handlers = new PeerHandlers();
  readonly #viewListeners = new Set<(view: View) => void>();
  readonly #peerListeners = new Set<(peer: PeerLink) => void>();
  #state: RingState;
  #boot: Uint8Array | null = null;
  #view: View;
  #viewEndsMs = 0;
  #cancelEpoch: () => void = () => {};
  #cancelRenewal: () => void = () => {};
  #cancelSave: (() => void) | null = null;
  #stopped = false;

  /** @throws IdentityError when a client would not accept the node's own addresses */
  constructor(parts: RingParts) {
    const { primitives, identity, clock, ring } = parts;
    this.#parts = parts;
    this.self = nodeKeyOf(identity.nodeId);
    const state = ring.file.load() ?? foundRing(primitives, identity, ring.epochSeconds);
    this.#state = state;
    this.epochSeconds = state.epochSeconds;
    this.descriptors = new DescriptorSet({ primitives, network: identity.network, epochSeconds: state.epochSeconds });
    const nowMs = clock.now();
    for (const encoded of state.descriptors) this.descriptors.add(encoded, nowMs);
    this.own = new OwnDescriptor({
      ...parts,
      epochSeconds: state.epochSeconds,
      admission: decodeStrict(AdmissionSchema, state.admission, MAX_DESCRIPTOR),
      held: () => this.descriptors.of(this.self),
      alone: () => this.descriptors.all().every(({ key }) => key === this.self),
      lastSequence: state.sequence,
    });
    this.links = new PeerLinks({
      ...parts,
      self: this.self,
      dialer: ring.dialer,
      frames: new PeerFrames({ ...parts, handlers: this.#handlers, boot: () => this.boot }),
      descriptor: () => this.own.newest(clock.now()),
      urlsOf: (key) => this.#urlsOf(key),
      onChange: (peer) => this.#peerChanged(peer),
    });
    this.viewDesk = new ViewDesk({ clock, descriptors: this.descriptors, self: this.self, view: () => this.view() });
    this.#view = this.descriptors.view(epochAt(nowMs, this.epochSeconds));
    this.#renew();
    this.#look();
  }

  /** Drawn at this start, 8 B: receipts of another boot are void. */
  get boot(): Uint8Array {
    return (this.#boot ??= this.#parts.random(8));
  }

  /** The network in the epoch of now. Cheap: the same object until something changes. */
  view(): View {
    if (this.#parts.clock.now() >= this.#viewEndsMs) this.#look();
    return this.#view;
  }

  /** Called with each view of other content or epoch. @returns stops it */
  onView(listener: (view: View) => void): () => void {
    this.#viewListeners.add(listener);
    return () => void this.#viewListeners.delete(listener);
  }

  /** Called when a link to another node opened or ended; peer.up says which. @returns stops it */
  onPeer(listener: (peer: PeerLink) => void): () => void {
    this.#peerListeners.add(listener);
    return () => void this.#peerListeners.delete(listener);
  }

  /** A node of the network; a link to it is opened when it is asked something. null: nobody of that key is known here. */
  peer(key: NodeKey): PeerLink | null {
    if (key === this.self || this.descriptors.of(key).length === 0) return null;
    return this.links.get(key);
  }

  /** One handler for each kind of frame that nodes send each other. */
  get serve(): PeerHandlers['serve'] {
    return this.#handlers.serve.bind(this.#handlers);
  }

  /** Another node called. */
  accepted(link: Link, { node, encoded }: VerifiedDescriptor): void {
    // Whoever is not admitted, or was proven to cheat, is no node of this network.
    const addition = this.add(encoded);
    if (addition === 'refused' || addition === 'cheat') return link.close(CLOSE.notAllowed);
    this.links.accepted(link, nodeKeyOf(node));
  }

  frame(link: Link, end: PeerEnd, frame: Frame): void {
    this.links.frame(link, end, frame);
  }

  /** Takes in a descriptor from wherever. */
  add(encoded: Uint8Array): ReturnType<DescriptorSet['add']> {
    const addition = this.descriptors.add(encoded.slice(), this.#parts.clock.now());
    if (addition === 'new' || addition === 'cheat') this.#changed();
    return addition;
  }

  stop(): void {
    if (this.#stopped) return;
    this.#stopped = true;
    this.#cancelEpoch();
    this.#cancelRenewal();
    this.links.stop();
    if (this.#cancelSave !== null) this.#save();
  }

  /** The process died: nothing is written any more. */
  abandon(): void {
    this.#cancelSave?.();
    this.#cancelSave = null;
    this.stop();
  }

  #urlsOf(key: NodeKey): readonly string[] {
    const inForce = this.#view.member(key)?.urls ?? [];
    return [...new Set([...inForce, ...this.descriptors.of(key).flatMap(({ urls }) => urls)])];
  }

  #peerChanged(peer: PeerLink): void {
    for (const listener of this.#peerListeners) this.#call(() => listener(peer));
  }

  #changed(): void {
    this.#look();
    this.#saveLater();
  }

  /** The view of now, and a look at the next epoch's when it begins. */
  #look(): void {
    const { clock } = this.#parts;
    const before = this.#view;
    const epoch = epochAt(clock.now(), this.epochSeconds);
    if (epoch !== before.epoch && this.descriptors.expire(clock.now())) this.#saveLater();
    this.#view = this.descriptors.view(epoch);
    const endsMs = epochStart(epoch + 1, this.epochSeconds);
    if (endsMs !== this.#viewEndsMs && !this.#stopped) {
      this.#viewEndsMs = endsMs;
      this.#cancelEpoch();
      this.#cancelEpoch = clock.after(endsMs - clock.now(), () => this.#look());
    }
    if (epoch === before.epoch && sameBytes(this.#view.hash, before.hash)) return;
    for (const listener of this.#viewListeners) this.#call(() => listener(this.#view));
  }

  #renew(): void {
    const { clock } = this.#parts;
    const encoded = this.own.renew(clock.now());
    if (encoded !== null) {
      this.#state = { ...this.#state, sequence: this.own.sequence };
      this.add(encoded);
    }
    this.#cancelRenewal();
    const inMs = Math.max(this.epochSeconds * 1000, this.own.renewsAtMs(clock.now()) - clock.now());
    this.#cancelRenewal = clock.after(inMs, () => this.#renew());
  }

  #saveLater(): void {
    if (this.#stopped) return;
    this.#cancelSave ??= this.#parts.clock.after(SAVE_MS, () => this.#save());
  }

  #save(): void {
    this.#cancelSave?.();
    this.#cancelSave = null;
    const descriptors = this.descriptors.all().map(({ encoded }) => encoded);
    this.#state = { ...this.#state, descriptors, sequence: this.own.sequence };
    this.#call(() => this.#parts.ring.file.save(this.#state));
  }

  /** Whoever listens must not stop the others. */
  #call(work: () => void): void {
    try {
      work();
    } catch (error) {
      this.#parts.metrics.internalErrors += 1;
      this.#parts.log.error('ring-failed', describeError(error));
    }
  }
}
