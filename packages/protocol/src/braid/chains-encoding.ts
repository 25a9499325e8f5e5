import { BraidError } from './braid-error.ts';
import type { ByteReader, ByteWriter } from './byte-fields.ts';
import type { EpochChain, EpochChains, PartChain, ReceivingPartChain } from './epoch-chains.ts';
import { KEPT_EPOCHS, MAX_SKIPPED_PART_KEYS } from './limits.ts';
import { runLength, SEED_LENGTH } from './skipped-keys.ts';
import type { SkippedKeys, SkippedRun } from './skipped-keys.ts';

/*
 *     initiator 1 | root 32 | number of epochs 1 | number of those that send 1 | epochs, oldest first
 *
 * An epoch: receiving key 32 | index 4 | number of runs 2 | runs | [sending key 32 | index 4]. A run of skipped keys:
 * first index 4 | length 2 | 32 of each. Those that send are the newest.
 */

export function encodeChains(writer: ByteWriter, { initiator, rootKey, epochs }: EpochChains): void {
  writer.number(initiator ? 1 : 0, 1);
  writer.bytes(rootKey);
  writer.number(epochs.length, 1);
  writer.number(epochs.filter(({ sending }) => sending !== null).length, 1);
  for (const { sending, receiving } of epochs) {
    writeChain(writer, receiving);
    writer.number(receiving.skipped.length, 2);
    for (const run of receiving.skipped) {
      writer.number(run.first, 4);
      writer.number(runLength(run), 2);
      writer.bytes(run.seeds);
    }
    if (sending !== null) writeChain(writer, sending);
  }
}

/**
 * @param at.epoch of the braid: chains of the epoch before must be there, to send with
 * @param at.latest the epoch of the last chains
 * @throws BraidError 'bad-state'
 */
export function decodeChains(
  reader: ByteReader,
  { epoch, latest }: { readonly epoch: number; readonly latest: number },
): EpochChains {
  const initiator = reader.number(1);
  const rootKey = reader.bytes(32);
  const count = reader.number(1);
  const sendingCount = reader.number(1);
  if (initiator > 1) throw badState('role');
  // From the one that is sent on (epoch - 1, or an earlier one until the next message) to the latest.
  if (count > KEPT_EPOCHS || count > latest + 1 || sendingCount > count || sendingCount < latest - epoch + 2) {
    throw badState('number of epochs');
  }
  let skippedCount = 0;
  const epochs = Array.from({ length: count }, (_, at): EpochChain => {
    const chain = readChain(reader);
    const skipped = readSkipped(reader, chain.index);
    for (const run of skipped) skippedCount += runLength(run);
    if (skippedCount > MAX_SKIPPED_PART_KEYS) throw badState('too many skipped keys');
    const receiving: ReceivingPartChain = { ...chain, skipped };
    return { receiving, sending: at >= count - sendingCount ? readChain(reader) : null };
  });
  return { initiator: initiator === 1, rootKey, latest, epochs };
}

function writeChain(writer: ByteWriter, { key, index }: PartChain): void {
  writer.bytes(key);
  writer.number(index, 4);
}

const readChain = (reader: ByteReader): PartChain => ({ key: reader.bytes(32), index: reader.number(4) });

/** Runs ascend, from 1, up to what the chain has reached. */
function readSkipped(reader: ByteReader, reached: number): SkippedKeys {
  const runs: SkippedRun[] = [];
  let next = 1;
  for (let left = reader.number(2); left > 0; left--) {
    const first = reader.number(4);
    const length = reader.number(2);
    if (length === 0 || first < next || first + length - 1 >= reached) throw badState('skipped keys');
    runs.push({ first, seeds: reader.bytes(length * SEED_LENGTH) });
    next = first + length;
  }
  return runs;
}

const badState = (what: string): BraidError => new BraidError('bad-state', `stored chains: ${what}`);
