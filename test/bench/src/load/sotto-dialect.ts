import { TestPerson } from '@sotto/node/testing';
import { nodePrimitives, systemRandom } from '@sotto/primitives-node';
import { AttachSchema, create, RefusalCode } from '@sotto/protocol/wire';
import { BenchLink } from '../bench-link.ts';
import { type Dialect, type DialectOptions, portFor, type Recipient } from './dialect.ts';

const EMPTY = new Uint8Array(0);
/** Requests of one link not yet answered: a node refuses more than 64. */
const WINDOW = 60;
let serial = 0;

/** The whole protocol: Noise link, capability, envelope ids, receipts, acknowledgements. */
export function sottoDialect(options: DialectOptions): Dialect<SottoRecipient> {
  const { server, live, bodyBytes, localAddress } = options;
  return {
    async register(index) {
      const recipient = new SottoRecipient(options, index);
      await recipient.register();
      return recipient;
    },
    // One port on: where there are several edges, every message crosses from one to another.
    async sender(index, onAnswer) {
      const link = await BenchLink.open({ ...server, port: portFor(server, index + 1) }, null, undefined, localAddress);
      // As a client does: what is beyond the window waits, and is no later for that than when it was due.
      const waiting: [SottoRecipient, number][] = [];
      let inFlight = 0;
      const post = ({ person }: SottoRecipient, sentAt: number): void => {
        const body = Buffer.allocUnsafe(bodyBytes);
        body.writeUInt32LE(serial++, 0);
        body.writeDoubleLE(sentAt, 4);
        const value = person.envelope(Date.now(), 0, { body, requestToken: EMPTY, live });
        link.post({ case: 'send', value }, !live);
      };
      const answered = (count: number, accepted: boolean): void => {
        inFlight -= count;
        while (inFlight < WINDOW && waiting.length > 0) {
          inFlight++;
          post(...waiting.shift()!);
        }
        onAnswer(count, accepted);
      };
      link.onFrame = ({ body }) => {
        if (body.case === 'stored') return answered(body.value.items.length, true);
        if (body.case !== 'refusal') return answered(1, true);
        // The node has more waiting for its disk than it takes: a client would wait and send again.
        if (body.value.code !== RefusalCode.BUSY) throw new Error(`refused with ${body.value.code}`);
        answered(1, false);
      };
      return {
        send: (to, sentAt) => {
          if (live) return post(to, sentAt);
          if (inFlight >= WINDOW) return void waiting.push([to, sentAt]);
          inFlight++;
          post(to, sentAt);
        },
      };
    },
  };
}

class SottoRecipient implements Recipient {
  readonly person = new TestPerson(nodePrimitives, systemRandom, Date.now());
  readonly #options: DialectOptions;
  readonly #index: number;
  #link: BenchLink | null = null;

  constructor(options: DialectOptions, index: number) {
    this.#options = options;
    this.#index = index;
  }

  async register(): Promise<void> {
    const link = await this.#open();
    await link.ask({ case: 'publishKeys', value: this.person.upload(0, 0) });
    await link.ask({ case: 'setAccess', value: this.person.access() });
  }

  async attach(onMessage: (sentAt: number) => void): Promise<void> {
    const link = this.#link ?? (await this.#open());
    let ids: Uint8Array[] = [];
    const acknowledge = (): void => {
      link.post({ case: 'acknowledge', value: { ids: Buffer.concat(ids) } }, false);
      ids = [];
    };
    link.onFrame = ({ body }) => {
      if (body.case !== 'deliver') return;
      const bytes = body.value.body;
      onMessage(new DataView(bytes.buffer, bytes.byteOffset).getFloat64(4, true));
      if (this.#options.live) return;
      if (ids.push(this.person.idOf(body.value)) === 1) setImmediate(acknowledge);
    };
    await link.ask({ case: 'attach', value: create(AttachSchema, {}) });
  }

  leave(): void {
    this.#link?.close();
    this.#link = null;
  }

  async #open(): Promise<BenchLink> {
    const { server, localAddress } = this.#options;
    const port = portFor(server, this.#index);
    this.#link = await BenchLink.open({ ...server, port }, this.person, undefined, localAddress);
    return this.#link;
  }
}
