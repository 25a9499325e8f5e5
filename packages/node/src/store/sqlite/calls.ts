/**
 * How calls and answers cross to the worker thread and back. What happens for each message is packed into one buffer,
 * which is handed over without a copy; what is rare goes beside it as plain objects.
 */
import {
  type Access,
  type AccessChange,
  type AcknowledgeItem,
  type ClaimedBundle,
  type DeviceRef,
  type KeyCountsOf,
  type PublishedKeys,
  type QueuedEnvelope,
  type RelayStoreErrorCode,
  type StoreItem,
  type StoreOutcome,
} from '../relay-store.ts';
import {
  type AccessHashes,
  type AccountRecordKept,
  type EnvelopeRef,
  type HeldEnvelope,
  type PartitionCount,
  type PartitionFingerprint,
} from '../ring-store.ts';
import { type ExpirySlice } from './envelope-expiry.ts';
import { type PackedReader, type PackedWriter } from './packed-bytes.ts';

/** The rare verbs: what goes in, and what comes out. */
export interface OtherVerbs {
  publishKeys: { in: { published: PublishedKeys }; out: KeyCountsOf };
  keyCounts: { in: { mailbox: Uint8Array; device: number }; out: KeyCountsOf };
  claimBundles: { in: { mailbox: Uint8Array; devices: readonly number[]; oneTime: boolean }; out: ClaimedBundle[] };
  access: { in: { mailbox: Uint8Array }; out: Access | null };
  setAccess: {
    in: { mailbox: Uint8Array; access: AccessChange | null; tokenHashes: readonly Uint8Array[] };
    out: number | null;
  };
  compareState: { in: { mailbox: Uint8Array; device: number; expected: bigint; next: bigint }; out: bigint };
  tokenIsValid: { in: { mailbox: Uint8Array; tokenHash: Uint8Array }; out: boolean };
  heads: { in: { devices: readonly DeviceRef[] }; out: number[] };
  partitionSlice: { in: { from: number; to: number }; out: PartitionCount[] };
  digestSlice: { in: { from: number; to: number }; out: PartitionFingerprint[] };
  inventory: { in: { partition: number; after: number; limit: number }; out: HeldEnvelope[] };
  read: { in: { refs: readonly EnvelopeRef[] }; out: (StoreItem | null)[] };
  discardSlice: { in: { refs: readonly EnvelopeRef[] }; out: boolean };
  accountRecord: { in: { mailbox: Uint8Array }; out: AccountRecordKept | null };
  saveAccount: { in: { record: AccountRecordKept; access: AccessHashes | null }; out: null };
  expireSlice: { in: { nowSeconds: number }; out: ExpirySlice };
  /** Empties the write-ahead log. */
  clearLog: { in: object; out: null };
  close: { in: object; out: null };
}

export type OtherVerb = keyof OtherVerbs;
export type OtherCall = { [V in OtherVerb]: { readonly verb: V } & OtherVerbs[V]['in'] }[OtherVerb];

export type Call =
  | { readonly verb: 'store'; readonly items: readonly StoreItem[] }
  | {
      readonly verb: 'take';
      readonly mailbox: Uint8Array;
      readonly device: number;
      readonly after: number;
      readonly limit: number;
    }
  | { readonly verb: 'waiting'; readonly mailbox: Uint8Array; readonly device: number }
  | { readonly verb: 'acknowledge'; readonly items: readonly AcknowledgeItem[] }
  | OtherCall;

/** All calls of one turn of the event loop. */
export interface RequestMessage {
  readonly packed: Uint8Array<ArrayBuffer>;
  readonly others: readonly OtherCall[];
}

/** The answers to one or more whole RequestMessages, in call order. */
export interface ResponseMessage {
  readonly requests: number;
  readonly packed: Uint8Array<ArrayBuffer>;
  readonly others: readonly unknown[];
  /** The requests' buffers, to be filled again. */
  readonly spent: readonly ArrayBuffer[];
}

export interface CallFailure {
  readonly code: RelayStoreErrorCode;
  readonly message: string;
}

/** Reads one successful answer, from the packed bytes or from the objects beside them. */
export type Decode<T> = (reader: PackedReader, others: Iterator<unknown>) => T;

/** The first message of a worker. */
export type OpenedMessage = { readonly failure: CallFailure | null };

const STORE = 0;
const TAKE = 1;
const WAITING = 2;
const ACKNOWLEDGE = 3;
const OTHER = 4;

const KEY_BYTES = 32;
const OUTCOMES: readonly StoreOutcome[] = ['stored', 'duplicate', 'acknowledged', 'quota', 'token-used'];

export function writeCall(writer: PackedWriter, others: OtherCall[], call: Call): void {
  switch (call.verb) {
    case 'store':
      writer.u8(STORE);
      writer.u32(call.items.length);
      for (const item of call.items) writeItem(writer, item);
      return;
    case 'take':
      writer.u8(TAKE);
      writeDevice(writer, call.mailbox, call.device);
      writer.f64(call.after);
      writer.f64(call.limit);
      return;
    case 'waiting':
      writer.u8(WAITING);
      writeDevice(writer, call.mailbox, call.device);
      return;
    case 'acknowledge':
      writer.u8(ACKNOWLEDGE);
      writer.u32(call.items.length);
      for (const item of call.items) writeAcknowledgeItem(writer, item);
      return;
    default:
      writer.u8(OTHER);
      others.push(call);
  }
}

/** The bytes of what it returns are views of the message. */
export function readCalls(reader: PackedReader, others: readonly OtherCall[]): Call[] {
  const calls: Call[] = [];
  const nextOther = others.values();
  while (!reader.atEnd) calls.push(readCall(reader, nextOther));
  return calls;
}

/** One call. @param others the next one is taken when it is not a packed call */
export function readCall(reader: PackedReader, others: Iterator<OtherCall>): Call {
  const verb = reader.u8();
  if (verb === STORE) return { verb: 'store', items: readMany(reader, readItem) };
  if (verb === TAKE) return { verb: 'take', ...readDevice(reader), after: reader.f64(), limit: reader.f64() };
  if (verb === WAITING) return { verb: 'waiting', ...readDevice(reader) };
  if (verb === ACKNOWLEDGE) return { verb: 'acknowledge', items: readMany(reader, readAcknowledgeItem) };
  return others.next().value as OtherCall;
}

export function writeOutcomes(writer: PackedWriter, outcomes: readonly StoreOutcome[]): void {
  for (const outcome of outcomes) writer.u8(OUTCOMES.indexOf(outcome));
}

export const readOutcomes = (reader: PackedReader, count: number): StoreOutcome[] =>
  Array.from(reader.bytes(count), (number) => OUTCOMES[number]!);

export function writeEnvelopes(writer: PackedWriter, envelopes: readonly QueuedEnvelope[]): void {
  writer.u32(envelopes.length);
  for (const { sequence, expires, id, body } of envelopes) {
    writer.f64(sequence);
    writer.f64(expires);
    writer.bytes(id);
    writer.u32(body.length);
    writer.bytes(body);
  }
}

export const readEnvelopes = (reader: PackedReader): QueuedEnvelope[] =>
  readMany(reader, () => ({
    sequence: reader.f64(),
    expires: reader.f64(),
    id: reader.bytes(KEY_BYTES),
    body: reader.bytes(reader.u32()),
  }));

function readMany<T>(reader: PackedReader, readOne: (reader: PackedReader) => T): T[] {
  const count = reader.u32();
  const all: T[] = [];
  for (let i = 0; i < count; i++) all.push(readOne(reader));
  return all;
}

function writeKey(writer: PackedWriter, key: Uint8Array): void {
  if (key.length !== KEY_BYTES) throw new RangeError(`ids, keys and hashes have 32 bytes, not ${key.length}`);
  writer.bytes(key);
}

function writeDevice(writer: PackedWriter, mailbox: Uint8Array, device: number): void {
  writeKey(writer, mailbox);
  writer.u32(device);
}

const readDevice = (reader: PackedReader): { mailbox: Uint8Array; device: number } => ({
  mailbox: reader.bytes(KEY_BYTES),
  device: reader.u32(),
});

function writeItem(writer: PackedWriter, item: StoreItem): void {
  const { id, mailbox, device, expires, lane, body, tokenHash, unproven = false } = item;
  writeDevice(writer, mailbox, device);
  writeKey(writer, id);
  writer.f64(expires);
  writer.u8((lane === 'contact' ? 0 : 1) | (tokenHash === null ? 0 : 2) | (unproven ? 4 : 0));
  if (tokenHash !== null) writeKey(writer, tokenHash);
  writer.u32(body.length);
  writer.bytes(body);
}

function readItem(reader: PackedReader): StoreItem {
  const { mailbox, device } = readDevice(reader);
  const id = reader.bytes(KEY_BYTES);
  const expires = reader.f64();
  const flags = reader.u8();
  const lane = (flags & 1) === 0 ? 'contact' : 'stranger';
  const tokenHash = (flags & 2) === 0 ? null : reader.bytes(KEY_BYTES);
  const unproven = (flags & 4) !== 0;
  return { mailbox, device, id, expires, lane, tokenHash, unproven, body: reader.bytes(reader.u32()) };
}

function writeAcknowledgeItem(writer: PackedWriter, { mailbox, device, ids, expires }: AcknowledgeItem): void {
  writeDevice(writer, mailbox, device);
  writer.u32(ids.length);
  for (const id of ids) writeKey(writer, id);
  writer.u8(expires === undefined ? 0 : 1);
  if (expires !== undefined) for (const index of ids.keys()) writer.f64(expires[index]!);
}

function readAcknowledgeItem(reader: PackedReader): AcknowledgeItem {
  const { mailbox, device } = readDevice(reader);
  const ids = readMany(reader, () => reader.bytes(KEY_BYTES));
  return reader.u8() === 0 ? { mailbox, device, ids } : { mailbox, device, ids, expires: ids.map(() => reader.f64()) };
}
