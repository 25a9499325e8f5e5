// The load, in a process of its own: told by one message what to do, answers with what it saw.
import { nodePrimitives, systemRandom } from '@sotto/primitives-node';
import { TestPerson } from '@sotto/node/testing';
import { AttachSchema, create, RefusalCode } from '@sotto/protocol/wire';
import { WebSocket } from 'ws';
import { BenchLink } from './bench-link.ts';
import type { ServerReady } from './measure.ts';

export interface LoadOrder {
  readonly server: ServerReady;
  /** `live`: envelopes that are never written and not acknowledged; the closest to what a bare relay does. */
  readonly load: 'relay' | 'live' | 'bare' | 'store' | 'idle';
  readonly pairs: number;
  /** Messages in flight of each sender. */
  readonly window: number;
  /** Messages a second of all senders together, sent when they are due whatever comes back; 0: as fast as answers come. */
  readonly rate: number;
  readonly bodyBytes: number;
  readonly seconds: number;
  /** load 'store': envelopes for each recipient. */
  readonly perRecipient: number;
}

/** `mark`s are sent where the server's CPU time is to be read. */
export type LoadReport =
  | { readonly mark: 'begin' | 'end' | 'stored' | 'delivered' | 'idle' }
  | {
      readonly done: true;
      readonly messages: number;
      readonly seconds: number;
      readonly latenciesMicros: number[];
      readonly deliverSeconds: number;
    };

const EMPTY = new Uint8Array(0);
const HANDSHAKES_AT_ONCE = 32;
const now = (): number => Number(process.hrtime.bigint() / 1000n);

/** Tells the parent and waits until it has read the server's usage. */
function mark(name: 'begin' | 'end' | 'stored' | 'delivered' | 'idle'): Promise<void> {
  return new Promise((resolve) => {
    process.once('message', () => resolve());
    process.send!({ mark: name } satisfies LoadReport);
  });
}

async function inGroups<T>(count: number, make: (index: number) => Promise<T>): Promise<T[]> {
  const made: T[] = [];
  for (let from = 0; from < count; from += HANDSHAKES_AT_ONCE) {
    const size = Math.min(HANDSHAKES_AT_ONCE, count - from);
    made.push(...(await Promise.all(Array.from({ length: size }, (_, at) => make(from + at)))));
  }
  return made;
}

/** One sender and one recipient. `send` starts a message; `delivered` is called when the answer came back. */
interface Pair {
  send(sentAt: number): void;
}

const latencies: number[] = [];
let counting = false;
let delivered = 0;
let perSender: (index: number) => void = () => undefined;

async function recipient(server: ServerReady, attach: boolean): Promise<{ person: TestPerson; link: BenchLink }> {
  const person = new TestPerson(nodePrimitives, systemRandom, Date.now());
  const link = await BenchLink.open(server, person);
  await link.ask({ case: 'publishKeys', value: person.upload(0, 0) });
  await link.ask({ case: 'setAccess', value: person.access() });
  if (attach) await link.ask({ case: 'attach', value: create(AttachSchema, {}) });
  return { person, link };
}

function acknowledgeAll(person: TestPerson, link: BenchLink, onMessage: (body: Uint8Array) => void): void {
  let ids: Uint8Array[] = [];
  const flush = (): void => {
    link.post({ case: 'acknowledge', value: { ids: Buffer.concat(ids) } }, false);
    ids = [];
  };
  link.onFrame = ({ body }) => {
    if (body.case !== 'deliver') return;
    onMessage(body.value.body);
    if (ids.push(person.idOf(body.value)) === 1) setImmediate(flush);
  };
}

let serial = 0;
function envelope(person: TestPerson, bodyBytes: number, sentAt: number): ReturnType<TestPerson['envelope']> {
  const body = Buffer.allocUnsafe(bodyBytes);
  body.writeUInt32LE(serial++, 0);
  body.writeDoubleLE(sentAt, 4);
  return person.envelope(Date.now(), 0, { body, requestToken: EMPTY });
}

function arrived(body: Uint8Array): void {
  if (!counting) return;
  const sentAt = new DataView(body.buffer, body.byteOffset).getFloat64(4, true);
  latencies.push(now() - sentAt);
}

/** One envelope from a sender to a recipient, as often as it arrives. */
async function livePair(order: LoadOrder, index: number): Promise<Pair> {
  const { person, link } = await recipient(order.server, true);
  link.onFrame = ({ body }) => {
    if (body.case !== 'deliver') return;
    arrived(body.value.body);
    if (counting) delivered++;
    perSender(index);
  };
  const sender = await BenchLink.open(order.server, null);
  return {
    send: (sentAt) => {
      const value = { ...envelope(person, order.bodyBytes, sentAt), live: true };
      sender.post({ case: 'send', value }, false);
    },
  };
}

async function relayPair(order: LoadOrder, index: number): Promise<Pair> {
  const { person, link } = await recipient(order.server, true);
  acknowledgeAll(person, link, arrived);
  const sender = await BenchLink.open(order.server, null);
  sender.onFrame = ({ body }) => {
    if (body.case === 'refusal') {
      // Too much in flight after a pause of this machine: a client would wait and send again.
      if (body.value.code !== RefusalCode.BUSY) throw new Error(`refused with ${body.value.code}`);
      perSender(index);
      return;
    }
    const answers = body.case === 'stored' ? body.value.items.length : 1;
    for (let answer = 0; answer < answers; answer++) {
      if (counting) delivered++;
      perSender(index);
    }
  };
  return { send: (sentAt) => void sender.post({ case: 'send', value: envelope(person, order.bodyBytes, sentAt) }) };
}

async function barePair(order: LoadOrder, index: number): Promise<Pair> {
  const open = (id: number): Promise<WebSocket> =>
    new Promise((resolve, reject) => {
      const ws = new WebSocket(`ws://127.0.0.1:${order.server.port}/${id}`, {
        perMessageDeflate: false,
        skipUTF8Validation: true,
      });
      ws.on('error', reject);
      ws.on('open', () => resolve(ws));
    });
  const [sender, receiver] = await Promise.all([open(2 * index), open(2 * index + 1)]);
  receiver.on('message', (data: Buffer) => {
    arrived(data);
    if (counting) delivered++;
    perSender(index);
  });
  return {
    send: (sentAt) => {
      const body = Buffer.allocUnsafe(order.bodyBytes);
      body.writeUInt32LE(2 * index + 1, 0);
      body.writeDoubleLE(sentAt, 4);
      sender.send(body);
    },
  };
}

async function relay(order: LoadOrder): Promise<LoadReport> {
  const makePair = { bare: barePair, live: livePair, relay: relayPair }[order.load as 'bare' | 'live' | 'relay'];
  const pairs = await inGroups(order.pairs, (index) => makePair(order, index));
  let running = true;
  if (order.rate === 0) {
    perSender = (index) => {
      if (running) pairs[index]!.send(now());
    };
    for (const pair of pairs) for (let at = 0; at < order.window; at++) pair.send(now());
  } else {
    void openLoop(pairs, order.rate, () => running);
  }
  await sleep(1_000);
  await mark('begin');
  counting = true;
  const startedAt = now();
  await sleep(order.seconds * 1_000);
  counting = false;
  const seconds = (now() - startedAt) / 1e6;
  await mark('end');
  running = false;
  return { done: true, messages: delivered, seconds, latenciesMicros: latencies, deliverSeconds: 0 };
}

/** Latency counts from when a message was due, not from when it could be sent (no coordinated omission). */
async function openLoop(pairs: readonly Pair[], rate: number, running: () => boolean): Promise<void> {
  const startedAt = now();
  for (let sent = 0; running();) {
    const due = Math.floor(((now() - startedAt) / 1e6) * rate);
    for (; sent < due; sent++) pairs[sent % pairs.length]!.send(startedAt + (sent / rate) * 1e6);
    await new Promise(setImmediate);
  }
}

async function store(order: LoadOrder): Promise<LoadReport> {
  const { server, pairs, window, bodyBytes, perRecipient } = order;
  const people: TestPerson[] = [];
  await inGroups(pairs, async () => {
    const { person, link } = await recipient(server, false);
    people.push(person);
    link.close();
  });
  const total = pairs * perRecipient;
  const senders = await inGroups(Math.min(50, pairs), () => BenchLink.open(server, null));
  let sent = 0;
  let stored = 0;
  await mark('begin');
  const storeStart = now();
  await new Promise<void>((resolve) => {
    for (const sender of senders) {
      const send = (): void => {
        if (sent >= total) return;
        sender.post({ case: 'send', value: envelope(people[sent++ % pairs]!, bodyBytes, 0) });
      };
      sender.onFrame = ({ body }) => {
        if (body.case !== 'stored') throw new Error(`not stored: ${JSON.stringify(body.value)}`);
        for (const _ of body.value.items) {
          if (++stored === total) resolve();
          else send();
        }
      };
      for (let at = 0; at < window; at++) send();
    }
  });
  const seconds = (now() - storeStart) / 1e6;
  await mark('stored');
  let received = 0;
  const deliverStart = now();
  await new Promise<void>((resolve, reject) => {
    inGroups(pairs, async (index) => {
      const person = people[index]!;
      const link = await BenchLink.open(server, person);
      acknowledgeAll(person, link, () => {
        if (++received === total) resolve();
      });
      link.post({ case: 'attach', value: create(AttachSchema, {}) });
    }).catch(reject);
  });
  const deliverSeconds = (now() - deliverStart) / 1e6;
  await mark('delivered');
  return { done: true, messages: total, seconds, latenciesMicros: [], deliverSeconds };
}

async function idle(order: LoadOrder): Promise<LoadReport> {
  await mark('begin');
  await inGroups(order.pairs, async () => (await recipient(order.server, true)).link);
  await sleep(2_000);
  await mark('idle');
  return { done: true, messages: order.pairs, seconds: 0, latenciesMicros: [], deliverSeconds: 0 };
}

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

process.once('message', (order: LoadOrder) => {
  const run = order.load === 'store' ? store : order.load === 'idle' ? idle : relay;
  run(order).then(
    (report) => {
      process.send!(report, () => process.exit());
    },
    (error: unknown) => {
      console.error(error);
      process.exit(1);
    },
  );
});
