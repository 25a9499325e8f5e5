import type { Primitives, Random } from '@sotto/protocol/crypto';
import type { Clock } from '@sotto/protocol/link';
import { RefusalCode } from '@sotto/protocol/wire';
import type { Log } from '../../log.ts';
import type { DeviceRef } from '../../store/relay-store.ts';
import type { Attachment, Edge, LiveEnvelope, SharedRate, Wake } from '../wake.ts';
import { RedisLink } from './redis-link.ts';
import type { RedisAddress } from './redis-url.ts';
import { SealedChannel } from './sealed-channel.ts';
import { Untold } from './untold.ts';
import { decodeWakeMessage, encodeWakeMessage, type WakeMessage } from './wake-message.ts';
import { WakeSecrets } from './wake-secrets.ts';

export interface RedisWakeOptions {
  readonly primitives: Primitives;
  readonly random: Random;
  readonly clock: Clock;
  readonly log: Log;
  readonly address: RedisAddress;
  /** The node's: every edge has the same. */
  readonly nodeSeed: Uint8Array;
  /** Seconds that a device counts as attached after it was last said. */
  readonly lifeSeconds: number;
  /** How often it is said. */
  readonly refreshMs: number;
}

export const REDIS_WAKE_PACE = { lifeSeconds: 90, refreshMs: 30_000 };

/** Devices that are said to be here at once. */
const SLICE = 500;
/** Devices named in one message. */
const DEVICES_PER_MESSAGE = 1000;
/** What was not told for some other reason than that Redis is away is tried again after this. */
const AGAIN_MS = 1000;
/** Attachments that Redis does not know yet. */
const UNCONFIRMED = 100_000;

/**
 * Edges that tell one another by Redis 7, a cluster of it, or Valkey. Redis knows which edge has which device attached,
 * both under names that mean nothing outside the node; everything passes through it closed (docs/operated.md).
 */
export class RedisWake implements Wake {
  readonly alone = false;
  readonly liveKeys = null;
  readonly #options: RedisWakeOptions;
  readonly #secrets: WakeSecrets;
  readonly #sealed: SealedChannel;
  readonly #link: RedisLink;
  readonly #prefix: string;
  readonly #self: string;
  readonly #untold = new Untold();
  /** Attached here, and not known to be known to Redis: by the name there. */
  readonly #unconfirmed = new Map<string, Attachment>();
  #edge: Edge | null = null;
  #closed = false;
  #refreshing = false;
  #cancelRefresh: () => void = () => {};
  #cancelAgain: (() => void) | null = null;

  constructor(options: RedisWakeOptions) {
    const { primitives, random, nodeSeed, address, log } = options;
    this.#options = options;
    this.#secrets = new WakeSecrets(primitives, nodeSeed);
    this.#sealed = new SealedChannel(primitives, random, this.#secrets);
    this.#prefix = `sotto:${this.#secrets.node}`;
    this.#self = Buffer.from(this.#sealed.id).toString('base64url');
    this.#link = new RedisLink(address, log, [this.#channelOf(this.#self), this.#everybody], {
      onMessage: (channel, message) => this.#receive(channel, message),
      onSpeaking: () => void this.#speaking(),
      onHearing: () => this.#edge?.resumed(),
    });
  }

  join(edge: Edge): void {
    this.#edge = edge;
    this.#link.connect();
    this.#planRefresh();
  }

  stored(devices: readonly DeviceRef[]): void {
    void this.#tellOwners('stored', devices.map(copyOf));
  }

  keysTaken(devices: readonly DeviceRef[]): void {
    void this.#tellOwners('keys', devices.map(copyOf));
  }

  async attached(attachment: Attachment): Promise<void> {
    const own = copyOf(attachment);
    const name = this.#secrets.device(own);
    if (this.#unconfirmed.size < UNCONFIRMED) this.#unconfirmed.set(name, own);
    if (this.#link.ready) await this.#confirm(name, own);
  }

  detached(attachment: Attachment): void {
    const name = this.#secrets.device(attachment);
    if (this.#unconfirmed.get(name)?.serial === attachment.serial) this.#unconfirmed.delete(name);
    // When it is not heard, the entry goes by itself.
    if (this.#link.ready) this.#link.drop(this.#at(name), this.#valueOf(attachment)).catch(() => {});
  }

  accessChanged(mailbox: Uint8Array): void {
    void this.#tellAll(mailbox.slice());
  }

  async live(device: DeviceRef, { expires, body }: LiveEnvelope): Promise<boolean> {
    if (!this.#link.ready) return false;
    const message: WakeMessage = { kind: 'live', device: copyOf(device), envelope: { expires, body: body.slice() } };
    try {
      const owner = ownerOf(await this.#link.get(this.#at(this.#secrets.device(message.device))));
      if (owner === null || owner === this.#self) return false;
      await this.#publish(this.#channelOf(owner), message);
      return true;
    } catch {
      return false;
    }
  }

  /** Live nodes do not share anything by Redis. */
  deliver(): Promise<RefusalCode> {
    return Promise.resolve(RefusalCode.NOT_ATTACHED);
  }

  async within(rate: SharedRate, mailbox: Uint8Array, burst: number, perSecond: number): Promise<boolean> {
    if (!this.#link.ready) return true;
    const key = `${this.#prefix}:rate:${this.#secrets.rate(rate, mailbox)}`;
    return this.#link.take(key, burst, perSecond).catch(() => true);
  }

  async takeNonce(device: DeviceRef, nonce: string, lifeSeconds: number): Promise<boolean> {
    if (!this.#link.ready) return true;
    const key = `${this.#prefix}:nonce:${this.#secrets.nonce(device, nonce)}`;
    return this.#link.claim(key, this.#self, lifeSeconds).catch(() => true);
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.#cancelRefresh();
    this.#cancelAgain?.();
    const here = [...(this.#edge?.attachments() ?? [])];
    this.#edge = null;
    if (this.#link.ready) {
      const drop = (one: Attachment): Promise<unknown> =>
        this.#link.drop(this.#at(this.#secrets.device(one)), this.#valueOf(one));
      await Promise.all(here.map(drop)).catch(() => {});
    }
    await this.#link.close();
  }

  get #everybody(): string {
    return `${this.#prefix}:all`;
  }

  #channelOf(edge: string): string {
    return `${this.#prefix}:edge:${edge}`;
  }

  #at(name: string): string {
    return `${this.#prefix}:at:${name}`;
  }

  #valueOf({ serial }: Attachment): string {
    return `${this.#self}/${serial}`;
  }

  async #publish(channel: string, message: WakeMessage): Promise<void> {
    await this.#link.publish(channel, this.#sealed.seal(channel, encodeWakeMessage(message)));
  }

  async #tellOwners(kind: 'stored' | 'keys', devices: readonly DeviceRef[]): Promise<void> {
    try {
      if (!this.#link.ready) throw new Error('away');
      const held = await Promise.all(devices.map((ref) => this.#link.get(this.#at(this.#secrets.device(ref)))));
      const byOwner = Map.groupBy(devices.keys(), (at) => ownerOf(held[at] ?? null));
      const told: Promise<void>[] = [];
      for (const [owner, places] of byOwner) {
        if (owner === null || owner === this.#self) continue;
        for (let first = 0; first < places.length; first += DEVICES_PER_MESSAGE) {
          const named = places.slice(first, first + DEVICES_PER_MESSAGE).map((at) => devices[at]!);
          told.push(this.#publish(this.#channelOf(owner), { kind, devices: named }));
        }
      }
      await Promise.all(told);
    } catch {
      // Keys that run low are also seen at the next attach.
      if (kind === 'stored') this.#later(() => this.#untold.stored(devices));
    }
  }

  async #tellAll(mailbox: Uint8Array | null): Promise<void> {
    try {
      if (!this.#link.ready) throw new Error('away');
      await this.#publish(this.#everybody, { kind: 'access', mailbox });
    } catch {
      this.#later(() => this.#untold.access(mailbox));
    }
  }

  #later(note: () => void): void {
    if (this.#closed) return;
    note();
    this.#cancelAgain ??= this.#options.clock.after(AGAIN_MS, () => {
      this.#cancelAgain = null;
      if (this.#link.ready) this.#tellUntold();
    });
  }

  #tellUntold(): void {
    if (this.#untold.none) return;
    const { stored, access } = this.#untold.take();
    if (stored.length > 0) void this.#tellOwners('stored', stored);
    if (access === null) void this.#tellAll(null);
    else for (const mailbox of access) void this.#tellAll(mailbox);
  }

  /** The device is here now, whoever had it before. */
  async #confirm(name: string, attachment: Attachment): Promise<void> {
    try {
      const before = await this.#link.replace(this.#at(name), this.#valueOf(attachment), this.#options.lifeSeconds);
      if (this.#unconfirmed.get(name) === attachment) this.#unconfirmed.delete(name);
      const owner = ownerOf(before);
      if (owner === null || owner === this.#self) return;
      const older = { ...attachment, serial: Number(before?.slice(owner.length + 1)) };
      await this.#publish(this.#channelOf(owner), { kind: 'replaced', attachment: older });
    } catch {
      // Still unconfirmed: it is said again with the next refresh.
    }
  }

  /** Commands work again. What others stored since this edge was last known to have its devices was told to nobody. */
  async #speaking(): Promise<void> {
    this.#tellUntold();
    await this.#refresh();
    this.#edge?.resumed();
  }

  #planRefresh(): void {
    this.#cancelRefresh = this.#options.clock.after(this.#options.refreshMs, () => {
      if (this.#closed) return;
      this.#planRefresh();
      if (this.#link.ready) void this.#refresh();
    });
  }

  async #refresh(): Promise<void> {
    if (this.#refreshing || this.#edge === null) return;
    this.#refreshing = true;
    try {
      for (const [name, attachment] of this.#unconfirmed) await this.#confirm(name, attachment);
      const here = [...this.#edge.attachments()].map(copyOf);
      for (let first = 0; first < here.length && this.#link.ready; first += SLICE) {
        await Promise.all(here.slice(first, first + SLICE).map((one) => this.#keep(one)));
      }
    } finally {
      this.#refreshing = false;
    }
  }

  async #keep(attachment: Attachment): Promise<void> {
    const name = this.#secrets.device(attachment);
    const own = this.#valueOf(attachment);
    const held = await this.#link.keep(this.#at(name), own, this.#options.lifeSeconds).catch(() => own);
    // Nobody knew it, so nobody could tell what was stored meanwhile.
    if (held === null) this.#edge?.stored([attachment]);
    const owner = held === null ? null : ownerOf(held);
    if (owner === this.#self || owner === null || this.#unconfirmed.has(name)) return;
    // Another edge has it. Which came first is not known when Redis forgot: whoever is closed may come back.
    this.#edge?.replaced(attachment, false);
  }

  #receive(channel: string, bytes: Uint8Array): void {
    const edge = this.#edge;
    const content = edge === null ? null : this.#sealed.open(channel, bytes);
    const message = content === null ? null : decodeWakeMessage(content);
    if (edge === null || message === null) return;
    switch (message.kind) {
      case 'stored':
        return edge.stored(message.devices);
      case 'keys':
        return edge.keysTaken(message.devices);
      case 'replaced':
        return edge.replaced(message.attachment, true);
      case 'access':
        return edge.accessChanged(message.mailbox);
      case 'live':
        return void edge.live(message.device, message.envelope);
    }
  }
}

/** The edge in the value of a presence. */
function ownerOf(value: string | null): string | null {
  const end = value?.indexOf('/') ?? -1;
  return value === null || end < 0 ? null : value.slice(0, end);
}

const copyOf = <Ref extends DeviceRef>(ref: Ref): Ref => ({ ...ref, mailbox: ref.mailbox.slice() });
