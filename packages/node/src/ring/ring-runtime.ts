import { type Primitives, type Random, sameBytes } from '@sotto/protocol/crypto';
import { type Clock, CLOSE, type LinkChannel, type Socket } from '@sotto/protocol/link';
import type { VerifiedDescriptor } from '@sotto/protocol/identity';
import { DescriptorSet, epochAt, epochStart, type NodeKey, nodeKeyOf, type View } from '@sotto/protocol/ring';
import { AdmissionSchema, decodeStrict, type Frame, MAX_DESCRIPTOR, RefusalCode } from '@sotto/protocol/wire';
import type { Link } from '../links/link.ts';
import { describeError, type Log } from '../log.ts';
import type { NodeIdentity } from '../node-identity.ts';
import type { NodeMetrics } from '../node-metrics.ts';
import { foundRing } from './found-ring.ts';
import { GossipDriver } from './gossip-driver.ts';
import { JoinDesk } from './join-desk.ts';
import { Mesh } from './mesh.ts';
import { OwnDescriptor } from './own-descriptor.ts';
import type { PeerEnd } from './peer-end.ts';
import { PeerFrames, type PeerRates } from './peer-frames.ts';
import { PeerHandlers } from './peer-handlers.ts';
import type { PeerLink } from './peer-link.ts';
import { PeerLinks } from './peer-links.ts';
import { RingMemory } from './ring-memory.ts';
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

/** This node's part in its network: what it knows of the others, what it says of itself, and its links to them. */
export class RingRuntime {
  readonly self: NodeKey;
  readonly epochSeconds: number;
  readonly descriptors: DescriptorSet;
  readonly own: OwnDescriptor;
  readonly links: PeerLinks;
  readonly viewDesk: ViewDesk;
  readonly joinDesk: JoinDesk;
  readonly #parts: RingParts;
  readonly #handlers = new PeerHandlers();
  readonly #memory: RingMemory;
  readonly #frames: PeerFrames;
  readonly #gossip: GossipDriver;
  readonly #mesh: Mesh;
  readonly #viewListeners = new Set<(view: View) => void>();
  readonly #peerListeners = new Set<(peer: PeerLink) => void>();
  #boot: Uint8Array | null = null;
  #view: View;
  #viewEndsMs = 0;
  #cancelEpoch: () => void = () => {};
  #cancelRenewal: () => void = () => {};
  #stopped = false;

  /** @throws IdentityError when a client would not accept the node's own addresses */
  constructor(parts: RingParts) {
    const { primitives, identity, clock, ring } = parts;
    const self = nodeKeyOf(identity.nodeId);
    const memory = new RingMemory({ ...ring, clock, onFailure: (error) => this.#failed(error) }, () =>
      foundRing(primitives, identity, ring.epochSeconds),
    );
    const { epochSeconds } = memory.state;
    const descriptors = new DescriptorSet({ primitives, network: identity.network, epochSeconds });
    memory.restore(descriptors);
    const admission = decodeStrict(AdmissionSchema, memory.state.admission, MAX_DESCRIPTOR);
    const common = { ...parts, epochSeconds, admission, descriptors, self };
    this.#parts = parts;
    this.self = self;
    this.epochSeconds = epochSeconds;
    this.descriptors = descriptors;
    this.#memory = memory;
    this.own = new OwnDescriptor({
      ...common,
      held: () => descriptors.of(self),
      alone: () => this.#alone,
      lastSequence: memory.state.sequence,
      keepSequence: (sequence) => memory.keepSequence(sequence),
    });
    this.#frames = new PeerFrames({ ...parts, handlers: this.#handlers, boot: () => this.boot });
    this.links = new PeerLinks({
      ...common,
      dialer: ring.dialer,
      frames: this.#frames,
      descriptor: () => this.own.newest(clock.now()),
      urlsOf: (key) => this.#urlsOf(key),
      onChange: (peer) => this.#peerChanged(peer),
    });
    this.#gossip = new GossipDriver({
      ...common,
      send: (to, value) => this.links.get(to).post({ case: 'gossip', value }),
      onChange: () => this.#changed(),
      onExpelled: (key) => this.#expelled(key),
    });
    this.serve('gossip', (from, gossip, reply) => {
      if (reply.wanted) reply.refuse(RefusalCode.UNSUPPORTED);
      else this.#gossip.hear(from, gossip);
    });
    this.#mesh = new Mesh({ ...common, links: this.links });
    this.viewDesk = new ViewDesk({ ...common, view: () => this.view() });
    this.joinDesk = new JoinDesk({
      ...common,
      admits: ring.admits,
      invites: () => memory.invites,
      keepInvites: (invites) => memory.keepInvites(invites),
    });
    this.#view = descriptors.view(epochAt(clock.now(), epochSeconds));
    this.renew();
    this.#look();
    this.#mesh.look();
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

  /** One handler for each kind of frame that nodes send each other; a later one takes the place of the earlier. */
  get serve(): PeerHandlers['serve'] {
    return this.#handlers.serve.bind(this.#handlers);
  }

  /** Another node called. */
  accepted(link: Link, { node, linkKey, encoded }: VerifiedDescriptor): void {
    const key = nodeKeyOf(node);
    this.learn(encoded);
    // Whoever is not admitted, or was proven to cheat, is no node of this network. Nor is who shows a descriptor of long
    // ago: the node has another link key now, and the old one may be somebody else's.
    const isMember = this.descriptors.of(key).some((held) => sameBytes(held.linkKey, linkKey));
    if (!isMember) return link.close(CLOSE.notAllowed);
    this.links.accepted(link, key);
  }

  frame(link: Link, end: PeerEnd, frame: Frame): void {
    this.links.frame(link, end, frame);
  }

  /** Takes in a descriptor from wherever, if it is one of this network, and passes it on. */
  learn(encoded: Uint8Array): void {
    this.#gossip.run({ type: 'added', descriptor: encoded.slice() });
  }

  /** Signs anew what changed, or is due. */
  renew(): void {
    const { clock } = this.#parts;
    const encoded = this.own.renew(clock.now());
    if (encoded !== null && !this.#alone) this.learn(encoded);
    else if (encoded !== null && this.descriptors.add(encoded, clock.now()) === 'new') this.#changed();
    this.#cancelRenewal();
    const inMs = Math.max(this.epochSeconds * 1000, this.own.renewsAtMs(clock.now()) - clock.now());
    if (!this.#stopped) this.#cancelRenewal = clock.after(inMs, () => this.renew());
  }

  /** From the epoch two ahead this node is home of nothing; until then, and after it, it goes on as a member. */
  leave(): void {
    this.own.weight = 0;
    this.renew();
  }

  /** The node goes away: other nodes' questions are refused, what was asked of them is still waited for. */
  drain(): void {
    this.#frames.draining = true;
    this.#mesh.stop();
  }

  /** @param write false: as if the process had died */
  stop(write = true): void {
    if (this.#stopped) return;
    this.#stopped = true;
    this.#cancelEpoch();
    this.#cancelRenewal();
    this.#mesh.stop();
    this.#gossip.stop();
    this.links.stop();
    this.#memory.stop(write);
  }

  get #alone(): boolean {
    return this.descriptors.all().every(({ key }) => key === this.self);
  }

  #urlsOf(key: NodeKey): readonly string[] {
    const inForce = this.#view.member(key)?.urls ?? [];
    return [...new Set([...inForce, ...this.descriptors.of(key).flatMap(({ urls }) => urls)])];
  }

  #peerChanged(peer: PeerLink): void {
    this.#gossip.run({ type: peer.up ? 'peerUp' : 'peerDown', from: peer.key });
    if (!peer.up) this.#mesh.lost();
    for (const listener of this.#peerListeners) this.#call(() => listener(peer));
  }

  #expelled(key: NodeKey): void {
    if (key === this.self) this.#parts.log.error('expelled', { reason: 'two descriptors of one sequence' });
    else this.links.get(key).misbehaved('two descriptors of one sequence');
  }

  #changed(): void {
    this.#memory.changed();
    this.#look();
  }

  /** The view of now; looks again when the next epoch begins. */
  #look(): void {
    const { clock } = this.#parts;
    const before = this.#view;
    const epoch = epochAt(clock.now(), this.epochSeconds);
    if (epoch !== before.epoch) {
      if (this.descriptors.expire(clock.now())) this.#memory.changed();
      this.links.forget((key) => this.descriptors.of(key).length > 0);
    }
    this.#view = this.descriptors.view(epoch);
    const endsMs = epochStart(epoch + 1, this.epochSeconds);
    if (endsMs !== this.#viewEndsMs && !this.#stopped) {
      this.#viewEndsMs = endsMs;
      this.#cancelEpoch();
      this.#cancelEpoch = clock.after(endsMs - clock.now(), () => this.#look());
    }
    if (epoch === before.epoch && sameBytes(this.#view.hash, before.hash)) return;
    if (this.#view.members.length !== before.members.length) this.#mesh.look();
    for (const listener of this.#viewListeners) this.#call(() => listener(this.#view));
  }

  /** Whoever listens must not stop the others. */
  #call(work: () => void): void {
    try {
      work();
    } catch (error) {
      this.#failed(error);
    }
  }

  #failed(error: unknown): void {
    this.#parts.metrics.internalErrors += 1;
    this.#parts.log.error('ring-failed', describeError(error));
  }
}
