import { nodePrimitives, systemRandom } from '@sotto/primitives-node';
import { TestPerson } from '@sotto/node/testing';
import { type Homes, type NodeKey, partitionOf, signSpreadAck } from '@sotto/protocol/ring';
import { AttachSchema, create, type Frame } from '@sotto/protocol/wire';
import { BenchLink } from '../bench-link.ts';
import type { RingPlaces } from './ring-places.ts';

const HANDSHAKE_MS = 2_000;
const PING_MS = 2_000;
const SILENT_MS = 4_000;
const SPREAD_MS = 2_000;
const SWEEP_MS = 8_000;
const AGAIN_MS = 300;
/** Of one acknowledgement for all homes. */
const MAX_ACKS = 1_024;

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

interface Taken {
  readonly id: Uint8Array;
  readonly expires: number;
}

/** A device: attached to one home, looking in on the others, acknowledging here and for all (RING-64 to RING-69). */
export class RingRecipient {
  readonly person = new TestPerson(nodePrimitives, systemRandom, Date.now());
  readonly homes: Homes;
  readonly #places: RingPlaces;
  readonly #onArrived: (id: Uint8Array, body: Uint8Array) => void;
  readonly #beside = new Map<NodeKey, BenchLink>();
  #attached: { readonly home: NodeKey; readonly link: BenchLink } | null = null;
  #taken: Taken[] = [];
  #closed = false;

  constructor(places: RingPlaces, onArrived: (id: Uint8Array, body: Uint8Array) => void) {
    this.#places = places;
    this.#onArrived = onArrived;
    this.homes = places.view.homes(partitionOf(nodePrimitives, this.person.mailbox));
  }

  /** Publishes the same keys and access at every home, then attaches. */
  async open(): Promise<void> {
    const keys = this.person.upload(0, 0);
    const access = this.person.signedAccess(Date.now());
    for (const home of this.homes.homes) {
      const link = await BenchLink.open(this.#places.servers.get(home)!, this.person);
      for (const body of [
        { case: 'publishKeys', value: keys },
        { case: 'setAccess', value: access },
      ] as const) {
        const answer = await link.ask(body);
        if (answer.case === 'refusal') throw new Error(`${body.case} was refused with ${answer.value.code}`);
      }
      link.close();
    }
    void this.#stayAttached();
    void this.#every(SWEEP_MS, () => this.sweep());
    void this.#every(SPREAD_MS, () => this.#spread());
  }

  close(): void {
    this.#closed = true;
    this.#attached?.link.close();
    for (const link of this.#beside.values()) link.close();
  }

  /** Takes what waits at the other homes. */
  async sweep(): Promise<void> {
    const others = this.homes.homes.filter((home) => home !== this.#attached?.home);
    await Promise.all(others.map((home) => this.#sweepAt(home)));
  }

  async #every(ms: number, act: () => Promise<void> | void): Promise<void> {
    await pause(Math.random() * ms);
    while (!this.#closed) {
      await act();
      await pause(ms);
    }
  }

  async #sweepAt(home: NodeKey): Promise<void> {
    const link = this.#beside.get(home) ?? (await this.#open(home));
    if (link === null || this.#closed) return link?.close();
    this.#beside.set(home, link);
    const done = new Promise<void>((resolve) => {
      this.#listen(link, () => resolve());
      link.onClose = () => {
        this.#beside.delete(home);
        resolve();
      };
    });
    link.post({ case: 'attach', value: create(AttachSchema, { sweep: true }) });
    await Promise.race([done, pause(SWEEP_MS)]);
  }

  async #stayAttached(): Promise<void> {
    for (let turn = 0; !this.#closed; turn++) {
      const home = this.homes.homes[turn % this.homes.homes.length]!;
      const link = await this.#open(home);
      if (link === null) {
        await pause(AGAIN_MS);
        continue;
      }
      this.#attached = { home, link };
      await this.#untilSilent(link);
      this.#attached = null;
      link.close();
    }
  }

  /** A home that does not let the device in is left, as is one that says nothing any more. */
  async #untilSilent(link: BenchLink): Promise<void> {
    const askedMs = Date.now();
    let heardMs = askedMs;
    let isAttached = false;
    const attach = link.post({ case: 'attach', value: create(AttachSchema, {}) });
    this.#listen(
      link,
      () => undefined,
      ({ request, body }) => {
        heardMs = Date.now();
        if (request !== attach) return;
        isAttached = body.case === 'attached';
        if (!isAttached) link.close();
      },
    );
    while (link.isOpen && Date.now() - (isAttached ? heardMs : askedMs) < SILENT_MS && !this.#closed) {
      await pause(PING_MS / 4);
      if (Date.now() - heardMs >= PING_MS) link.post({ case: 'ping', value: {} });
    }
  }

  #open(home: NodeKey): Promise<BenchLink | null> {
    return BenchLink.open(this.#places.servers.get(home)!, this.person, HANDSHAKE_MS).catch(() => null);
  }

  #listen(link: BenchLink, onSwept: () => void, onHeard: (frame: Frame) => void = () => undefined): void {
    let ids: Uint8Array[] = [];
    const acknowledge = (): void => {
      link.post({ case: 'acknowledge', value: { ids: Buffer.concat(ids) } }, false);
      ids = [];
    };
    link.onFrame = (frame) => {
      onHeard(frame);
      const { request, body } = frame;
      if (body.case === 'done' && request === 0) onSwept();
      if (body.case !== 'deliver') return;
      const id = this.person.idOf(body.value);
      this.#onArrived(id, body.value.body);
      this.#taken.push({ id, expires: body.value.expires });
      if (ids.push(id) === 1) setImmediate(acknowledge);
    };
  }

  /** What was taken, to all homes through the attached one. What is lost on the way is brought by a sweep. */
  #spread(): void {
    const taken = this.#taken.splice(0, MAX_ACKS);
    if (taken.length === 0 || this.#attached === null) return void this.#taken.unshift(...taken);
    const value = signSpreadAck(nodePrimitives, this.person.device.signingSeed, {
      network: this.#places.network,
      account: this.person.mailbox,
      device: this.person.device.device,
      at: Date.now(),
      ids: Buffer.concat(taken.map(({ id }) => id)),
      expires: taken.map(({ expires }) => expires),
    });
    this.#attached.link.post({ case: 'spreadAcks', value });
  }
}
