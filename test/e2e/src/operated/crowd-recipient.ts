import { setTimeout as pause } from 'node:timers/promises';
import { nodePrimitives, systemRandom } from '@sotto/primitives-node';
import { TestPerson } from '@sotto/node/testing';
import { AttachSchema, create, type Frame } from '@sotto/protocol/wire';
import type { BenchLink } from '../../../bench/src/bench-link.ts';
import type { CrowdPlaces } from './crowd-places.ts';
import type { CrowdRecord } from './crowd-record.ts';

const AGAIN_MS = 100;
const hexOf = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

/** A device that is attached at whichever edge there is, and acknowledges what it is shown. */
export class CrowdRecipient {
  readonly name: string;
  readonly person = new TestPerson(nodePrimitives, systemRandom, Date.now());
  record: CrowdRecord;
  /** Told of the id before it is acknowledged. */
  onShown: (id: string) => void = () => undefined;
  readonly #places: CrowdPlaces;
  readonly #from: string;
  readonly #prefers: number;
  /** Acknowledged, and no answer yet. */
  readonly #unconfirmed = new Map<string, Uint8Array>();
  #link: BenchLink | null = null;
  #closed = false;

  constructor(places: CrowdPlaces, record: CrowdRecord, parts: { name: string; from: string; prefers: number }) {
    this.#places = places;
    this.record = record;
    this.name = parts.name;
    this.#from = parts.from;
    this.#prefers = parts.prefers;
  }

  /** Publishes, and stays attached from then on. */
  async open(): Promise<void> {
    const link = await this.#places.open(this.person, this.#prefers);
    for (const body of [
      { case: 'publishKeys', value: this.person.upload(0, 0) },
      { case: 'setAccess', value: this.person.access() },
    ] as const) {
      const answer = await link!.ask(body);
      if (answer.case === 'refusal') throw new Error(`${body.case} was refused with ${answer.value.code}`);
    }
    link!.close();
    void this.#stayAttached();
  }

  /** Leaves, and comes back at the edge that it prefers. */
  reconnect(): void {
    this.#link?.close();
    this.#link?.onClose(0);
  }

  close(): void {
    this.#closed = true;
    this.reconnect();
  }

  async #stayAttached(): Promise<void> {
    while (!this.#closed) {
      const link = await this.#places.open(this.person, this.#prefers);
      if (link === null) await pause(AGAIN_MS);
      else await this.#use(link);
    }
  }

  /** Resolves when the link has ended. */
  async #use(link: BenchLink): Promise<void> {
    this.#link = link;
    const closed = new Promise<void>((resolve) => {
      link.onClose = () => resolve();
    });
    let since = performance.now();
    let attaching = 0;
    let waits = false;
    const attach = (): void => {
      attaching = link.post({ case: 'attach', value: create(AttachSchema, {}) });
    };
    const here = new Set<string>();
    const asked = new Map<number, string[]>();
    let gathered: Uint8Array[] = [];
    const acknowledge = (ids: readonly Uint8Array[]): void => {
      asked.set(link.post({ case: 'acknowledge', value: { ids: Buffer.concat(ids) } }), ids.map(hexOf));
    };
    const flush = (): void => {
      if (this.#link === link) acknowledge(gathered);
      gathered = [];
    };
    link.onFrame = ({ request, body }: Frame) => {
      if (body.case === 'attached') {
        waits = body.value.waiting > 0;
        if (this.#unconfirmed.size > 0) acknowledge([...this.#unconfirmed.values()]);
      } else if (body.case === 'refusal' && request === attaching) {
        // As clients do: on the same link, when the node said.
        setTimeout(() => {
          since = performance.now();
          if (link.isOpen) attach();
        }, body.value.retryMs);
      } else if (body.case === 'done') {
        for (const id of asked.get(request) ?? []) {
          if (this.#unconfirmed.delete(id)) this.record.taken(id);
        }
      } else if (body.case === 'deliver') {
        if (waits) this.record.reconnected(since);
        waits = false;
        const bytes = this.person.idOf(body.value);
        const id = hexOf(bytes);
        const text = String(Buffer.from(body.value.body).readUInt32BE(0));
        this.record.delivered(this.name, this.#from, id, text, here.has(id));
        here.add(id);
        this.onShown(id);
        this.#unconfirmed.set(id, bytes);
        if (gathered.push(bytes) === 1) setImmediate(flush);
      }
    };
    attach();
    await closed;
    this.#link = null;
  }
}
