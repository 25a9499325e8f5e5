import { concat, type Primitives, type Random, utf8 } from '@sotto/protocol/crypto';
import type { WakeSecrets } from './wake-secrets.ts';

const ID_BYTES = 16;
const COUNTER_BYTES = 8;
const TAG_BYTES = 16;
/** Edges whose keys are remembered; each start of an edge is a new one. */
const SENDERS = 256;

interface Sender {
  readonly key: Uint8Array;
  /** The newest that came by each channel. */
  readonly newest: Map<string, bigint>;
}

/**
 * Messages between edges: id of this life of the sending edge, 16 B | counter, 8 B | ChaCha20-Poly1305 (RFC 8439) of
 * the content, the channel's name authenticated with it. Whoever runs Redis can drop messages, and nothing else.
 */
export class SealedChannel {
  /** Of this life of this edge: 16 random bytes. */
  readonly id: Uint8Array;
  readonly #primitives: Primitives;
  readonly #secrets: WakeSecrets;
  readonly #key: Uint8Array;
  readonly #senders = new Map<string, Sender>();
  #counter = 0n;

  constructor(primitives: Primitives, random: Random, secrets: WakeSecrets) {
    this.#primitives = primitives;
    this.#secrets = secrets;
    this.id = random(ID_BYTES);
    this.#key = secrets.sealKeyOf(this.id);
  }

  seal(channel: string, content: Uint8Array): Buffer {
    const counter = counterBytes(++this.#counter);
    const sealed = this.#primitives.chaChaPoly.seal(this.#key, nonceOf(counter), utf8(channel), content);
    return Buffer.from(concat(this.id, counter, sealed));
  }

  /** @returns null when it is this edge's own, was not closed by an edge of this node, or came before */
  open(channel: string, message: Uint8Array): Uint8Array | null {
    if (message.length < ID_BYTES + COUNTER_BYTES + TAG_BYTES) return null;
    const id = message.subarray(0, ID_BYTES);
    if (this.#primitives.equal(id, this.id)) return null;
    const name = Buffer.from(id).toString('latin1');
    const sender = this.#senders.get(name) ?? { key: this.#secrets.sealKeyOf(id), newest: new Map<string, bigint>() };
    const counter = message.subarray(ID_BYTES, ID_BYTES + COUNTER_BYTES);
    const number = Buffer.from(counter).readBigUInt64BE();
    if (number <= (sender.newest.get(channel) ?? 0n)) return null;
    const sealed = message.subarray(ID_BYTES + COUNTER_BYTES);
    const content = this.#primitives.chaChaPoly.open(sender.key, nonceOf(counter), utf8(channel), sealed);
    if (content === null) return null;
    sender.newest.set(channel, number);
    this.#senders.set(name, sender);
    if (this.#senders.size > SENDERS) this.#senders.delete(this.#senders.keys().next().value!);
    return content;
  }
}

function counterBytes(counter: bigint): Uint8Array {
  const bytes = new Uint8Array(COUNTER_BYTES);
  new DataView(bytes.buffer).setBigUint64(0, counter);
  return bytes;
}

const nonceOf = (counter: Uint8Array): Uint8Array => concat(new Uint8Array(4), counter);
