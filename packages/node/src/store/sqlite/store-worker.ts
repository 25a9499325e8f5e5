import { Worker } from 'node:worker_threads';
import { RelayStoreError } from '../relay-store.ts';
import {
  type Call,
  type CallFailure,
  type Decode,
  type OpenedMessage,
  type OtherCall,
  type OtherVerb,
  type OtherVerbs,
  type RequestMessage,
  type ResponseMessage,
  writeCall,
} from './calls.ts';
import { PackedReader, PackedWriter } from './packed-bytes.ts';
import { type CallChannel, type SqliteStoreOptions } from './sqlite-store.ts';

const REQUEST_BYTES = 65_536;
/** Buffers kept to be filled again, and how large they may be. */
const SPARE_BUFFERS = 8;
const SPARE_BYTES = 2 * 1024 * 1024;

interface PendingCall {
  readonly answer: Decode<void>;
  readonly reject: (error: RelayStoreError) => void;
}

/**
 * The main thread's end of the database thread. Calls of one turn of the event loop leave in one message, and are
 * answered in order.
 */
export class StoreWorker implements CallChannel {
  readonly #worker: Worker;
  readonly #spare: ArrayBuffer[] = [];
  /** Calls of each message that is under way. */
  readonly #sent: PendingCall[][] = [];
  #gathered: PendingCall[] = [];
  #writer = new PackedWriter(new ArrayBuffer(REQUEST_BYTES));
  #others: OtherCall[] = [];
  #failure: RelayStoreError | null = null;

  private constructor(worker: Worker) {
    this.#worker = worker;
    worker.on('message', (response: ResponseMessage) => this.#receive(response));
    worker.on('error', (error) => this.#fail(new RelayStoreError('failed', 'the store stopped', { cause: error })));
    worker.on('exit', () => this.#fail(new RelayStoreError('failed', 'the store stopped')));
    worker.unref();
  }

  static open(options: SqliteStoreOptions): Promise<StoreWorker> {
    const worker = new Worker(new URL('./sqlite-worker.ts', import.meta.url), { workerData: options, execArgv: [] });
    return new Promise((resolve, reject) => {
      worker.once('error', (error) =>
        reject(new RelayStoreError('failed', 'the store cannot start', { cause: error })),
      );
      worker.once('message', ({ failure }: OpenedMessage) => {
        worker.removeAllListeners('error');
        if (failure === null) resolve(new StoreWorker(worker));
        else reject(new RelayStoreError(failure.code, failure.message));
      });
    });
  }

  call<T>(call: Call, decode: Decode<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      if (this.#failure !== null) throw this.#failure;
      const { length } = this.#writer;
      try {
        writeCall(this.#writer, this.#others, call);
      } catch (error) {
        this.#writer.truncate(length);
        throw error;
      }
      // Once a turn, after what the sockets brought: setImmediate runs when the poll phase is done.
      if (this.#gathered.length === 0) setImmediate(() => this.#send());
      this.#gathered.push({ answer: (reader, others) => resolve(decode(reader, others)), reject });
    });
  }

  other<V extends OtherVerb>(verb: V, input: OtherVerbs[V]['in']): Promise<OtherVerbs[V]['out']> {
    const call = { verb, ...input } as unknown as OtherCall;
    return this.call(call, (_reader, others) => others.next().value as OtherVerbs[V]['out']);
  }

  async close(): Promise<void> {
    if (this.#failure !== null) return;
    const exited = new Promise((resolve) => this.#worker.once('exit', resolve));
    await this.other('close', {});
    // Its thread may not outlive the promise: the file is free for the next one then.
    this.#worker.ref();
    await exited;
  }

  #send(): void {
    if (this.#gathered.length === 0) return;
    const packed = this.#writer.take();
    const message: RequestMessage = { packed, others: this.#others };
    this.#sent.push(this.#gathered);
    this.#worker.ref();
    this.#worker.postMessage(message, [packed.buffer]);
    this.#gathered = [];
    this.#others = [];
    this.#writer = new PackedWriter(this.#spare.pop() ?? new ArrayBuffer(REQUEST_BYTES));
  }

  #receive({ requests, packed, others, spent }: ResponseMessage): void {
    const reader = new PackedReader(packed);
    const nextOther = others.values();
    for (const call of this.#sent.splice(0, requests).flat()) {
      if (reader.u8() === 1) call.answer(reader, nextOther);
      else {
        const { code, message } = nextOther.next().value as CallFailure;
        call.reject(new RelayStoreError(code, message));
      }
    }
    for (const buffer of spent) {
      if (this.#spare.length < SPARE_BUFFERS && buffer.byteLength <= SPARE_BYTES) this.#spare.push(buffer);
    }
    // A process may end when nothing is asked of the store.
    if (this.#sent.length === 0) this.#worker.unref();
  }

  #fail(error: RelayStoreError): void {
    this.#failure ??= error;
    const pending = [...this.#sent.splice(0).flat(), ...this.#gathered.splice(0)];
    for (const call of pending) call.reject(this.#failure);
  }
}
