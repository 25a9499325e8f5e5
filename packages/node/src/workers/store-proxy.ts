import {
  type AcknowledgeItem,
  type QueuedEnvelope,
  type RelayStore,
  RelayStoreError,
  type RelayStoreErrorCode,
  type StoreItem,
  type StoreOutcome,
} from '../store/relay-store.ts';
import { type Call, readEnvelopes, readOutcomes, writeCall } from '../store/sqlite/calls.ts';
import type { PackedReader, PackedWriter } from '../store/sqlite/packed-bytes.ts';
import type { BatchChannel } from './batch-channel.ts';
import { readValue, writeValue } from './packed-values.ts';
import { OTHER, OTHER_VERBS, type OtherVerb, PACKED, STORE_ANSWER, STORE_CALL } from './store-calls.ts';

interface PendingCall {
  readonly answer: (reader: PackedReader) => void;
  readonly reject: (error: RelayStoreError) => void;
}

type Input<Verb extends OtherVerb> = Parameters<RelayStore[Verb]>;
type Output<Verb extends OtherVerb> = ReturnType<RelayStore[Verb]>;

/** A store that is in another process: every verb crosses a channel, and takes effect there in the order of the calls (OPS-40). */
export class StoreProxy implements RelayStore {
  readonly #channel: BatchChannel;
  readonly #pending = new Map<number, PendingCall>();
  #lastNumber = 0;
  #closing: PromiseWithResolvers<void> | null = null;

  constructor(channel: BatchChannel) {
    this.#channel = channel;
    channel.on(STORE_ANSWER, (reader) => this.#answer(reader));
    channel.onClosed(() => this.#lost());
  }

  store(items: readonly StoreItem[]): Promise<StoreOutcome[]> {
    return this.#packed({ verb: 'store', items }, (reader) => readOutcomes(reader, items.length));
  }

  take(mailbox: Uint8Array, device: number, after: number, limit: number): Promise<QueuedEnvelope[]> {
    return this.#packed({ verb: 'take', mailbox, device, after, limit }, readEnvelopes);
  }

  waiting(mailbox: Uint8Array, device: number): Promise<number> {
    return this.#packed({ verb: 'waiting', mailbox, device }, (reader) => reader.u32());
  }

  acknowledge(items: readonly AcknowledgeItem[]): Promise<void> {
    return this.#packed({ verb: 'acknowledge', items }, () => undefined);
  }

  publishKeys = this.#other('publishKeys');
  heads = this.#other('heads');
  keyCounts = this.#other('keyCounts');
  claimBundles = this.#other('claimBundles');
  access = this.#other('access');
  setAccess = this.#other('setAccess');
  compareState = this.#other('compareState');
  tokenIsValid = this.#other('tokenIsValid');
  expire = this.#other('expire');
  partitions = this.#other('partitions');
  digests = this.#other('digests');
  inventory = this.#other('inventory');
  read = this.#other('read');
  discard = this.#other('discard');
  accountRecord = this.#other('accountRecord');
  saveAccount = this.#other('saveAccount');

  /** The store itself stays open: others use it, too. */
  close(): Promise<void> {
    if (this.#closing === null) {
      this.#closing = Promise.withResolvers();
      if (this.#pending.size === 0) this.#closing.resolve();
    }
    return this.#closing.promise;
  }

  #packed<Result>(call: Call, decode: (reader: PackedReader) => Result): Promise<Result> {
    return this.#call(PACKED, (writer) => writeCall(writer, [], call), decode);
  }

  #other<Verb extends OtherVerb>(verb: Verb): (...input: Input<Verb>) => Output<Verb> {
    const number = OTHER_VERBS.indexOf(verb);
    return (...input) =>
      this.#call(
        OTHER,
        (writer) => {
          writer.u8(number);
          writeValue(writer, input);
        },
        readValue,
      ) as Output<Verb>;
  }

  #call<Result>(
    form: number,
    write: (writer: PackedWriter) => void,
    decode: (reader: PackedReader) => Result,
  ): Promise<Result> {
    return new Promise((resolve, reject) => {
      if (this.#closing !== null) throw new RelayStoreError('closed', 'the store is closed');
      if (this.#channel.closed) throw gone();
      const { gathered } = this.#channel;
      const number = (this.#lastNumber + 1) >>> 0;
      const writer = this.#channel.post(STORE_CALL);
      try {
        writer.u32(number);
        writer.u8(form);
        write(writer);
      } catch (error) {
        this.#channel.takeBack(gathered);
        throw error;
      }
      this.#lastNumber = number;
      this.#pending.set(number, { answer: (reader) => resolve(decode(reader)), reject });
    });
  }

  #answer(reader: PackedReader): void {
    const number = reader.u32();
    const pending = this.#pending.get(number);
    // Nobody else answers here: what follows could not be read without knowing the question.
    if (pending === undefined) throw new Error('an answer to no question');
    this.#pending.delete(number);
    if (reader.u8() === 1) {
      pending.answer(reader);
    } else {
      const { code, message } = readValue(reader) as { code: RelayStoreErrorCode; message: string };
      pending.reject(new RelayStoreError(code, message));
    }
    if (this.#pending.size === 0) this.#closing?.resolve();
  }

  #lost(): void {
    const pending = [...this.#pending.values()];
    this.#pending.clear();
    for (const { reject } of pending) reject(gone());
    this.#closing?.resolve();
  }
}

const gone = (): RelayStoreError => new RelayStoreError('failed', 'the process that has the store is gone');
