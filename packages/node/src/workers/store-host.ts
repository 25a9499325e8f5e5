import type { KeyStore } from '../directory/key-directory.ts';
import { describeError, type Log } from '../log.ts';
import { type RelayStore, RelayStoreError } from '../store/relay-store.ts';
import { readCall, writeEnvelopes, writeOutcomes } from '../store/sqlite/calls.ts';
import type { PackedReader, PackedWriter } from '../store/sqlite/packed-bytes.ts';
import type { BatchChannel } from './batch-channel.ts';
import { readValue, writeValue } from './packed-values.ts';
import { OTHER_VERBS, PACKED, STORE_ANSWER, STORE_CALL } from './store-calls.ts';

/** Answers the StoreProxy at the other end of the channel out of the store that is here, or a live node's keys. */
export function hostStore(channel: BatchChannel, store: RelayStore | KeyStore, log: Log): void {
  const none: Iterator<never> = [][Symbol.iterator]();
  channel.on(STORE_CALL, (reader) => {
    const number = reader.u32();
    const asked = reader.u8() === PACKED ? askPacked(store, reader, none) : askOther(store, reader);
    asked.then(
      (write) => {
        // Whoever asked is dead: what it asked for was done all the same.
        if (channel.closed) return;
        const writer = channel.post(STORE_ANSWER);
        writer.u32(number);
        writer.u8(1);
        write(writer);
      },
      (error: unknown) => {
        if (channel.closed) return;
        if (!(error instanceof RelayStoreError)) log.error('store-call-failed', describeError(error));
        const { code, message } =
          error instanceof RelayStoreError ? error : { code: 'failed', message: 'the store failed' };
        const writer = channel.post(STORE_ANSWER);
        writer.u32(number);
        writer.u8(0);
        writeValue(writer, { code, message });
      },
    );
  });
}

/** The verb is called before this returns: calls take effect in the order in which they came. */
type Asked = Promise<(writer: PackedWriter) => void>;

function askPacked(store: RelayStore | KeyStore, reader: PackedReader, none: Iterator<never>): Asked {
  const call = readCall(reader, none);
  if (!('store' in store)) return noSuchCall();
  switch (call.verb) {
    case 'store':
      return store.store(call.items).then((outcomes) => (writer) => writeOutcomes(writer, outcomes));
    case 'take':
      return store
        .take(call.mailbox, call.device, call.after, call.limit)
        .then((envelopes) => (writer) => writeEnvelopes(writer, envelopes));
    case 'waiting':
      return store.waiting(call.mailbox, call.device).then((count) => (writer) => writer.u32(count));
    case 'acknowledge':
      return store.acknowledge(call.items).then(() => () => undefined);
    default:
      return noSuchCall();
  }
}

function askOther(store: RelayStore | KeyStore, reader: PackedReader): Asked {
  const verb = OTHER_VERBS[reader.u8()];
  const input = readValue(reader) as never[];
  if (verb === undefined || !(verb in store)) return noSuchCall();
  const asked = ((store as RelayStore)[verb] as (...input: never[]) => Promise<unknown>)(...input);
  return asked.then((answer) => (writer) => writeValue(writer, answer));
}

const noSuchCall = (): Asked => Promise.reject(new RelayStoreError('failed', 'no such call'));
