import { concat, type Primitives } from '../crypto/index.ts';
import { compareBytes, hexOf } from './node-key.ts';

/** One range of a Reconcile: from the upper bound of the one before to its own (RING-23). */
export interface ReconcileRange {
  /** Exclusive, a prefix of an id; empty: the end. */
  readonly upper: Uint8Array;
  /** 16 B of SHA-256 over the sorted ids in it; or */
  readonly fingerprint: Uint8Array;
  /** 32 B each, when hasIds: all there are, or without `reply` those the other side lacks. */
  readonly ids: Uint8Array;
  readonly hasIds: boolean;
  readonly skip: boolean;
  /** With hasIds: the other side answers with what it has more. */
  readonly reply: boolean;
}

/** What follows from the ranges of the other side. */
export interface Reconciled {
  /** To be sent back; null: nothing is left to say. */
  readonly reply: readonly ReconcileRange[] | null;
  /** Ids the other side has and this one lacks. */
  readonly need: readonly Uint8Array[];
  /** Ids this side has and the other one lacks, as far as that is known. */
  readonly offer: readonly Uint8Array[];
}

/** Fewer ids than this are named, more are cut into ranges. */
const NAMED_IDS = 24;
const PARTS = 16;
/** Bounds of one message, so that it fits a packet: ranges of 55 B at most, ids of 32 B. */
const MAX_RANGES = 256;
const MAX_IDS = 1024;
const NOTHING = new Uint8Array(0);

/** Sorted, each once: what the functions below want. */
export function sortIds(ids: Iterable<Uint8Array>): Uint8Array[] {
  const sorted = [...ids].sort(compareBytes);
  return sorted.filter((id, i) => i === 0 || compareBytes(id, sorted[i - 1] as Uint8Array) !== 0);
}

/** First half of SHA-256 over sorted ids: of a range, and of a whole partition in PartitionDigest. */
export function fingerprintOf(primitives: Primitives, sorted: readonly Uint8Array[]): Uint8Array {
  return primitives.sha256(concat(...sorted)).slice(0, 16);
}

/** The first message about a set. @param sorted ids of 32 B, as sortIds gives them */
export function openReconcile(primitives: Primitives, sorted: readonly Uint8Array[]): ReconcileRange[] {
  return split(primitives, sorted, NOTHING);
}

/**
 * Compares the other side's ranges with this side's ids: range-based set reconciliation (Meyer, "Range-Based Set
 * Reconciliation", 2023, section 3). Nothing is kept between messages; each is bounded, and what does not fit is
 * compared in the next round.
 */
export function answerReconcile(
  primitives: Primitives,
  sorted: readonly Uint8Array[],
  ranges: readonly ReconcileRange[],
): Reconciled {
  const [reply, need, offer]: [ReconcileRange[], Uint8Array[], Uint8Array[]] = [[], [], []];
  let [start, named] = [0, 0];
  for (const [i, range] of ranges.entries()) {
    const end = endOf(sorted, range.upper, start);
    const own = sorted.slice(start, end);
    const answers = answerRange(primitives, own, range, MAX_IDS - named, need, offer);
    named += answers.reduce((sum, { ids }) => sum + ids.length / 32, 0);
    if (i > 0 && (reply.length + answers.length >= MAX_RANGES || named > MAX_IDS)) {
      // The rest is compared as a whole.
      push(reply, fingerprintRange(primitives, sorted.slice(start), NOTHING));
      break;
    }
    for (const answer of answers) push(reply, answer);
    start = end;
    if (range.upper.length === 0) break;
  }
  return { reply: reply.every(({ skip }) => skip) ? null : reply, need, offer };
}

function answerRange(
  primitives: Primitives,
  own: readonly Uint8Array[],
  range: ReconcileRange,
  room: number,
  need: Uint8Array[],
  offer: Uint8Array[],
): ReconcileRange[] {
  const { upper } = range;
  if (range.skip) return [skipRange(upper)];
  if (!range.hasIds) {
    const same = compareBytes(fingerprintOf(primitives, own), range.fingerprint) === 0;
    return same ? [skipRange(upper)] : split(primitives, own, upper);
  }
  const theirs = idsOf(range.ids);
  const mine = new Set(own.map(hexOf));
  need.push(...theirs.filter((id) => !mine.has(hexOf(id))));
  if (!range.reply) return [skipRange(upper)];
  const known = new Set(theirs.map(hexOf));
  const lacking = own.filter((id) => !known.has(hexOf(id)));
  offer.push(...lacking);
  if (lacking.length === 0) return [skipRange(upper)];
  if (lacking.length <= room || room === 0) return [namedRange(lacking, upper, false)];
  // What there is no room for is compared again.
  const bound = separator(lacking[room - 1] as Uint8Array, lacking[room] as Uint8Array);
  const rest = own.slice(endOf(own, bound, 0));
  return [namedRange(lacking.slice(0, room), bound, false), fingerprintRange(primitives, rest, upper)];
}

/** Few ids are named; many are cut into parts of the same size, by the shortest bounds that separate them. */
function split(primitives: Primitives, own: readonly Uint8Array[], upper: Uint8Array): ReconcileRange[] {
  if (own.length <= NAMED_IDS) return [namedRange(own, upper, true)];
  const ranges: ReconcileRange[] = [];
  for (let part = 0; part < PARTS; part++) {
    const [from, to] = [bound(own.length, part), bound(own.length, part + 1)];
    const isLast = part === PARTS - 1;
    const limit = isLast ? upper : separator(own[to - 1] as Uint8Array, own[to] as Uint8Array);
    ranges.push(fingerprintRange(primitives, own.slice(from, to), limit));
  }
  return ranges;
}

const bound = (length: number, part: number): number => Math.floor((length * part) / PARTS);

/** The shortest beginning of `next` that is greater than `before`. */
function separator(before: Uint8Array, next: Uint8Array): Uint8Array {
  let i = 0;
  while (i < next.length - 1 && before[i] === next[i]) i++;
  return next.slice(0, i + 1);
}

/** Index of the first id that is not below the bound. */
function endOf(sorted: readonly Uint8Array[], upper: Uint8Array, start: number): number {
  if (upper.length === 0) return sorted.length;
  let [low, high] = [start, sorted.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (compareBytes(sorted[middle] as Uint8Array, upper) < 0) low = middle + 1;
    else high = middle;
  }
  return low;
}

function idsOf(bytes: Uint8Array): Uint8Array[] {
  return Array.from({ length: Math.floor(bytes.length / 32) }, (_, i) => bytes.slice(32 * i, 32 * i + 32));
}

const blank = { fingerprint: NOTHING, ids: NOTHING, hasIds: false, skip: false, reply: false };

function fingerprintRange(primitives: Primitives, own: readonly Uint8Array[], upper: Uint8Array): ReconcileRange {
  return { ...blank, upper, fingerprint: fingerprintOf(primitives, own) };
}

const namedRange = (ids: readonly Uint8Array[], upper: Uint8Array, reply: boolean): ReconcileRange => ({
  ...blank,
  upper,
  ids: concat(...ids),
  hasIds: true,
  reply,
});

const skipRange = (upper: Uint8Array): ReconcileRange => ({ ...blank, upper, skip: true });

/** Skipped ranges beside each other are one. */
function push(ranges: ReconcileRange[], range: ReconcileRange): void {
  if (range.skip && ranges.at(-1)?.skip === true) ranges.pop();
  ranges.push(range);
}
