import { nodePrimitives, systemRandom } from '@sotto/primitives-node';
import { TestPerson } from '@sotto/node/testing';
import { AttachSchema, create, RefusalCode } from '@sotto/protocol/wire';
import { BenchLink } from '../bench-link.ts';
import type { ServerReady } from '../measure.ts';

const AT_ONCE = 16;
const BODY_BYTES = 2048;
const now = (): number => Number(process.hrtime.bigint() / 1000n);

/** One recipient, attached, and one who writes to it over an anonymous link. */
interface Pair {
  readonly person: TestPerson;
  readonly sender: BenchLink;
  /** Envelopes not yet answered, by request. */
  readonly waiting: Map<number, ReturnType<TestPerson['envelope']>>;
}

/** People who keep the rules: they write to each other, and their envelopes are stored, pushed and acknowledged. */
export class GoodClients {
  sent = 0;
  /** Each counted once. */
  readonly arrived = new Set<number>();
  doubled = 0;
  busy = 0;
  refused = 0;
  /** Links that ended. */
  lost = 0;
  /** From when it was due until it was there; microseconds. */
  latenciesMicros: number[] = [];
  readonly #server: ServerReady;
  readonly #pairs: Pair[] = [];
  #running = true;

  constructor(server: ServerReady) {
    this.#server = server;
  }

  async open(pairs: number): Promise<void> {
    for (let from = 0; from < pairs; from += AT_ONCE) {
      const count = Math.min(AT_ONCE, pairs - from);
      this.#pairs.push(...(await Promise.all(Array.from({ length: count }, () => this.#pair()))));
    }
  }

  /** Writes `perSecond` envelopes a second, all pairs in turn; latency counts from when each was due. */
  async write(perSecond: number): Promise<void> {
    const startedAt = now();
    let written = 0;
    while (this.#running) {
      const due = Math.floor(((now() - startedAt) / 1e6) * perSecond);
      for (; written < due; written++) {
        this.#send(this.#pairs[written % this.#pairs.length]!, startedAt + (written / perSecond) * 1e6);
      }
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
  }

  stop(): void {
    this.#running = false;
  }

  async #pair(): Promise<Pair> {
    const person = new TestPerson(nodePrimitives, systemRandom, Date.now());
    const link = await BenchLink.open(this.#server, person);
    await link.ask({ case: 'publishKeys', value: person.upload(0, 0) });
    await link.ask({ case: 'setAccess', value: person.access() });
    await link.ask({ case: 'attach', value: create(AttachSchema, {}) });
    link.onClose = () => (this.lost += 1);
    link.onFrame = ({ body }) => {
      if (body.case !== 'deliver') return;
      this.#arrived(body.value.body);
      link.post({ case: 'acknowledge', value: { ids: person.idOf(body.value) } }, false);
    };
    const pair: Pair = { person, sender: await BenchLink.open(this.#server, null), waiting: new Map() };
    pair.sender.onClose = () => (this.lost += 1);
    pair.sender.onFrame = ({ request, body }) => {
      if (body.case === 'stored') for (const item of body.value.items) pair.waiting.delete(item.request);
      if (body.case !== 'refusal') return;
      const envelope = pair.waiting.get(request)!;
      pair.waiting.delete(request);
      if (body.value.code !== RefusalCode.BUSY) {
        this.refused += 1;
        return;
      }
      this.busy += 1;
      setTimeout(() => this.#post(pair, envelope), body.value.retryMs);
    };
    return pair;
  }

  #send(pair: Pair, dueAt: number): void {
    const body = Buffer.alloc(BODY_BYTES);
    body.writeUInt32LE(++this.sent, 0);
    body.writeDoubleLE(dueAt, 4);
    this.#post(pair, pair.person.envelope(Date.now(), 0, { body }));
  }

  #post(pair: Pair, envelope: ReturnType<TestPerson['envelope']>): void {
    pair.waiting.set(pair.sender.post({ case: 'send', value: envelope }), envelope);
  }

  #arrived(body: Uint8Array): void {
    const view = new DataView(body.buffer, body.byteOffset);
    const number = view.getUint32(0, true);
    if (this.arrived.has(number)) this.doubled += 1;
    this.arrived.add(number);
    this.latenciesMicros.push(now() - view.getFloat64(4, true));
  }
}
