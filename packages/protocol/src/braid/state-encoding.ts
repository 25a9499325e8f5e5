import { KEM_PARTS, KEM_SEED_LENGTH } from '../crypto/index.ts';
import { BraidError } from './braid-error.ts';
import { MAX_NUMBER } from './braid-part.ts';
import { HEADER_LENGTH, hasEpochSecret, SEALED_CT2_LENGTH, SEALED_HEADER_LENGTH } from './braid-state.ts';
import type { Braid, Phase } from './braid-state.ts';
import { ByteReader, ByteWriter } from './byte-fields.ts';
import { decodeChains, encodeChains } from './chains-encoding.ts';
import { CHUNK_LENGTH } from './chunk-code.ts';
import type { ChunkSet } from './chunk-code.ts';
import type { EpochChains } from './epoch-chains.ts';

/*
 * The stored form, version 1: it is written with every message, so it has no names and no lengths. Numbers are
 * big-endian.
 *
 *     phase 1 | epoch 4 | authenticator root 32 | authenticator MAC key 32 | fields of the phase | chains
 *
 * A chunk that is next is 2 bytes; a set of chunks is: count 1 | index 2 of each | 32 of each.
 */

/** All there is of one side: the key agreement and the chains that its secrets feed. */
export interface SparseState {
  readonly braid: Braid;
  readonly chains: EpochChains;
}

/** By number in the stored form. */
const KINDS: readonly Phase['kind'][] = [
  'KeysUnsampled',
  'KeysSampled',
  'HeaderSent',
  'Ct1Received',
  'EkSentCt1Received',
  'NoHeaderReceived',
  'HeaderReceived',
  'Ct1Sampled',
  'EkReceivedCt1Sampled',
  'Ct1Acknowledged',
  'Ct2Sampled',
];

export function encodeState({ braid, chains }: SparseState): Uint8Array {
  const { epoch, authenticator, phase } = braid;
  const writer = new ByteWriter();
  writer.number(KINDS.indexOf(phase.kind), 1);
  writer.number(epoch, 4);
  writer.bytes(authenticator.rootKey);
  writer.bytes(authenticator.macKey);
  writePhase(writer, phase);
  encodeChains(writer, chains);
  return writer.done();
}

/**
 * Every length and number checked. Byte fields are views of `bytes`.
 * @throws BraidError 'bad-state'
 */
export function decodeState(bytes: Uint8Array): SparseState {
  const reader = new ByteReader(bytes);
  const kind = KINDS[reader.number(1)];
  const epoch = reader.number(4);
  if (kind === undefined || epoch === 0 || epoch >= MAX_NUMBER) throw badState('phase or epoch');
  const authenticator = { rootKey: reader.bytes(32), macKey: reader.bytes(32) };
  const phase = readPhase(reader, kind);
  const chains = decodeChains(reader, { epoch, latest: hasEpochSecret(phase) ? epoch : epoch - 1 });
  reader.end();
  return { braid: { epoch, authenticator, phase }, chains };
}

function writePhase(writer: ByteWriter, phase: Phase): void {
  if ('next' in phase) writer.number(phase.next, 2);
  switch (phase.kind) {
    case 'KeysUnsampled':
      return;
    case 'KeysSampled':
      writer.bytes(phase.seed);
      writer.bytes(phase.header);
      return;
    case 'HeaderSent':
      writer.bytes(phase.seed);
      writer.bytes(phase.keyVector);
      writeChunks(writer, phase.ct1);
      return;
    case 'Ct1Received':
      writer.bytes(phase.seed);
      writer.bytes(phase.keyVector);
      writer.bytes(phase.ct1);
      return;
    case 'EkSentCt1Received':
      writer.bytes(phase.seed);
      writer.bytes(phase.ct1);
      writeChunks(writer, phase.ct2);
      return;
    case 'NoHeaderReceived':
      writeChunks(writer, phase.header);
      return;
    case 'HeaderReceived':
      writer.bytes(phase.header);
      return;
    case 'Ct1Sampled':
      writer.bytes(phase.header);
      writer.bytes(phase.message);
      writer.bytes(phase.ct1);
      writeChunks(writer, phase.keyVector);
      return;
    case 'EkReceivedCt1Sampled':
      writer.bytes(phase.ct1);
      writer.bytes(phase.ct2);
      return;
    case 'Ct1Acknowledged':
      writer.bytes(phase.header);
      writer.bytes(phase.message);
      writeChunks(writer, phase.keyVector);
      return;
    case 'Ct2Sampled':
      writer.bytes(phase.ct2);
  }
}

// Properties are evaluated in the order in which they are written: that of the bytes.
function readPhase(reader: ByteReader, kind: Phase['kind']): Phase {
  const next = (): number => reader.number(2);
  const seed = (): Uint8Array => reader.bytes(KEM_SEED_LENGTH);
  const keyVector = (): Uint8Array => reader.bytes(KEM_PARTS.keyVector);
  const ct1 = (): Uint8Array => reader.bytes(KEM_PARTS.ct1);
  const header = (): Uint8Array => reader.bytes(HEADER_LENGTH);
  const message = (): Uint8Array => reader.bytes(KEM_PARTS.message);
  const ct2 = (): Uint8Array => reader.bytes(SEALED_CT2_LENGTH);
  const keyChunks = (): ChunkSet => readChunks(reader, KEM_PARTS.keyVector);
  switch (kind) {
    case 'KeysUnsampled':
      return { kind };
    case 'KeysSampled':
      return { kind, next: next(), seed: seed(), header: reader.bytes(SEALED_HEADER_LENGTH) };
    case 'HeaderSent':
      return { kind, next: next(), seed: seed(), keyVector: keyVector(), ct1: readChunks(reader, KEM_PARTS.ct1) };
    case 'Ct1Received':
      return { kind, next: next(), seed: seed(), keyVector: keyVector(), ct1: ct1() };
    case 'EkSentCt1Received':
      return { kind, seed: seed(), ct1: ct1(), ct2: readChunks(reader, SEALED_CT2_LENGTH) };
    case 'NoHeaderReceived':
      return { kind, header: readChunks(reader, SEALED_HEADER_LENGTH) };
    case 'HeaderReceived':
      return { kind, header: header() };
    case 'Ct1Sampled':
      return { kind, next: next(), header: header(), message: message(), ct1: ct1(), keyVector: keyChunks() };
    case 'EkReceivedCt1Sampled':
      return { kind, next: next(), ct1: ct1(), ct2: ct2() };
    case 'Ct1Acknowledged':
      return { kind, header: header(), message: message(), keyVector: keyChunks() };
    case 'Ct2Sampled':
      return { kind, next: next(), ct2: ct2() };
  }
}

function writeChunks(writer: ByteWriter, { indices, data }: ChunkSet): void {
  writer.number(indices.length, 1);
  for (const index of indices) writer.number(index, 2);
  writer.bytes(data);
}

/** Fewer than the message takes, each index once. */
function readChunks(reader: ByteReader, messageLength: number): ChunkSet {
  const count = reader.number(1);
  if (count >= messageLength / CHUNK_LENGTH) throw badState('too many chunks');
  const indices = Array.from({ length: count }, () => reader.number(2));
  if (new Set(indices).size !== count) throw badState('a chunk twice');
  return { indices, data: reader.bytes(count * CHUNK_LENGTH) };
}

const badState = (what: string): BraidError => new BraidError('bad-state', `stored state: ${what}`);
