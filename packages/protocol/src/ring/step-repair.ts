import { MAX_COPY_IDS, PARTITIONS } from '../wire/index.ts';
import { sameBytes, type Primitives } from '../crypto/index.ts';
import { bytesOfHex, hexOf } from './node-key.ts';
import { answerReconcile, openReconcile, type ReconcileRange } from './reconcile.ts';
import type { DigestOfPartition, RepairEffect, RepairEvent } from './repair-event.ts';
import type { Step } from './step.ts';

/** Between two homes everything is compared this often, and whenever a link comes up or the view changes. */
export const REPAIR_MS = 5 * 60_000;
/** An answer is waited for so long; then the sweep is given up until the next one. */
export const REPAIR_TIMEOUT_MS = 30_000;
/** Partitions reconciled, and requests for copies, at one time. */
const ACTIVE = 8;
const FETCHES = 2;
/** Ids remembered as lacking, of all partitions: the other side names them, and they need not exist. */
const MOST_WANTED = 65_536;
/** Each brings 1,024 ids at least; what is left is for the next sweep. */
const MAX_ROUNDS = 64;

/** Partitions that are compared in one go: first this node's digests are waited for, then the peer's. */
interface Page {
  readonly from: number;
  readonly own: {
    readonly to: number;
    readonly digests: ReadonlyMap<number, DigestOfPartition>;
    readonly shared: readonly number[];
  } | null;
}

/** One home's side of repair with one other. Owned by the machine. */
export interface RepairState {
  /** The node with the lower key asks, the other one only answers. */
  readonly initiates: boolean;
  isUp: boolean;
  sweepMs: number;
  /** What the sweep waits for, until when. */
  sweep: Page | null;
  sweepDueMs: number;
  readonly differing: Set<number>;
  readonly active: Map<number, { ids: readonly Uint8Array[]; rounds: number; dueMs: number }>;
  /** Lacking here, by partition, hexadecimal. */
  readonly wanted: Map<number, Set<string>>;
  readonly fetching: Map<number, { readonly ids: readonly string[]; readonly dueMs: number }>;
}

export function repairState(initiates: boolean): RepairState {
  return {
    initiates,
    isUp: false,
    sweepMs: 0,
    sweep: null,
    sweepDueMs: 0,
    differing: new Set(),
    active: new Map(),
    wanted: new Map(),
    fetching: new Map(),
  };
}

/** Envelopes and partitions that wait to be repaired. */
export function repairBacklog(state: RepairState): { readonly partitions: number; readonly envelopes: number } {
  const envelopes = [...state.wanted.values()].reduce((sum, ids) => sum + ids.size, 0);
  return { partitions: state.differing.size + state.active.size, envelopes };
}

/** Brings two homes to the same set of envelopes in the partitions they share (RING-17). */
export function stepRepair(
  state: RepairState,
  event: RepairEvent,
  nowMs: number,
  primitives: Primitives,
): Step<RepairState, RepairEffect> {
  const effects: RepairEffect[] = [];
  take(state, event, nowMs, primitives, effects);
  if (state.isUp) proceed(state, nowMs, effects);
  return { state, effects };
}

function take(
  state: RepairState,
  event: RepairEvent,
  nowMs: number,
  primitives: Primitives,
  effects: RepairEffect[],
): void {
  switch (event.type) {
    case 'peerUp':
      state.isUp = true;
      state.sweepMs = nowMs;
      return;
    case 'peerDown':
      state.isUp = false;
      state.sweep = null;
      for (const map of [state.differing, state.active, state.wanted, state.fetching]) map.clear();
      return;
    case 'view':
      state.sweep = null;
      state.sweepMs = nowMs;
      return;
    case 'digests':
      return compareOwn(state, event, nowMs, effects);
    case 'partitions':
      return compareTheirs(state, event, nowMs, effects);
    case 'ids': {
      const active = state.active.get(event.partition);
      if (active === undefined || active.rounds > 0) return;
      active.ids = event.ids;
      return send(state, event.partition, openReconcile(primitives, event.ids), nowMs, effects);
    }
    case 'reconcile': {
      const active = state.active.get(event.partition);
      if (active === undefined || active.rounds === 0) return;
      const { reply, need } = answerReconcile(primitives, active.ids, event.ranges);
      want(state, event.partition, need);
      if (reply === null || active.rounds > MAX_ROUNDS) state.active.delete(event.partition);
      else send(state, event.partition, reply, nowMs, effects);
      return;
    }
    case 'need':
      return want(state, event.partition, event.ids);
    case 'fetched':
      return fetched(state, event);
    case 'tick':
      giveUp(state, nowMs);
  }
}

function compareOwn(
  state: RepairState,
  event: RepairEvent & { readonly type: 'digests' },
  nowMs: number,
  effects: RepairEffect[],
): void {
  const { from, to, digests, shared } = event;
  // Of a page before a view changed, or before the link went.
  if (state.sweep?.from !== from || state.sweep.own !== null) return;
  if (shared.length === 0) return nextPage(state, to, nowMs, effects);
  state.sweep = { from, own: { to, digests: new Map(digests.map((digest) => [digest.partition, digest])), shared } };
  state.sweepDueMs = nowMs + REPAIR_TIMEOUT_MS;
  effects.push({ type: 'sendPartitions', from, to, digests });
}

function compareTheirs(
  state: RepairState,
  event: RepairEvent & { readonly type: 'partitions' },
  nowMs: number,
  effects: RepairEffect[],
): void {
  if (state.sweep?.from !== event.from || state.sweep.own === null) return;
  const { digests, shared, to } = state.sweep.own;
  const theirs = new Map(event.digests.map((digest) => [digest.partition, digest]));
  for (const partition of shared) {
    const [own, other] = [digests.get(partition), theirs.get(partition)];
    if (own === undefined && other === undefined) continue;
    const isSame =
      own !== undefined &&
      other !== undefined &&
      own.count === other.count &&
      sameBytes(own.fingerprint, other.fingerprint);
    if (!isSame && !state.active.has(partition)) state.differing.add(partition);
  }
  nextPage(state, to, nowMs, effects);
}

function nextPage(state: RepairState, to: number, nowMs: number, effects: RepairEffect[]): void {
  if (to >= PARTITIONS - 1) {
    state.sweep = null;
    state.sweepMs = nowMs + REPAIR_MS;
    effects.push({ type: 'swept' });
  } else {
    readPage(state, to + 1, nowMs, effects);
  }
}

function readPage(state: RepairState, from: number, nowMs: number, effects: RepairEffect[]): void {
  state.sweep = { from, own: null };
  state.sweepDueMs = nowMs + REPAIR_TIMEOUT_MS;
  effects.push({ type: 'readDigests', from });
}

function send(
  state: RepairState,
  partition: number,
  ranges: readonly ReconcileRange[],
  nowMs: number,
  effects: RepairEffect[],
): void {
  const active = state.active.get(partition);
  if (active === undefined) return;
  active.rounds++;
  active.dueMs = nowMs + REPAIR_TIMEOUT_MS;
  effects.push({ type: 'sendReconcile', partition, ranges });
}

function want(state: RepairState, partition: number, ids: readonly Uint8Array[]): void {
  if (!state.isUp || ids.length === 0) return;
  const wanted = state.wanted.get(partition) ?? new Set();
  // What there is no room for, the next sweep finds again.
  const most = MOST_WANTED - repairBacklog(state).envelopes + wanted.size;
  for (const id of ids) {
    if (wanted.size >= most) break;
    wanted.add(hexOf(id));
  }
  if (wanted.size > 0) state.wanted.set(partition, wanted);
}

/** What was promised and did not come is forgotten until the next sweep. */
function fetched(state: RepairState, { partition, ids, rest }: RepairEvent & { readonly type: 'fetched' }): void {
  const asked = state.fetching.get(partition);
  if (asked === undefined) return;
  state.fetching.delete(partition);
  const isProgress = rest && ids.length > 0;
  drop(state, partition, isProgress ? ids.map(hexOf) : asked.ids);
}

function drop(state: RepairState, partition: number, ids: readonly string[]): void {
  const wanted = state.wanted.get(partition);
  for (const id of ids) wanted?.delete(id);
  if (wanted?.size === 0) state.wanted.delete(partition);
}

function giveUp(state: RepairState, nowMs: number): void {
  if (state.sweep !== null && nowMs >= state.sweepDueMs) {
    state.sweep = null;
    state.sweepMs = nowMs + REPAIR_MS;
  }
  for (const [partition, { dueMs }] of state.active) if (nowMs >= dueMs) state.active.delete(partition);
  for (const [partition, { ids, dueMs }] of state.fetching) {
    if (nowMs < dueMs) continue;
    state.fetching.delete(partition);
    drop(state, partition, ids);
  }
}

function proceed(state: RepairState, nowMs: number, effects: RepairEffect[]): void {
  if (state.initiates && state.sweep === null && nowMs >= state.sweepMs) readPage(state, 0, nowMs, effects);
  // First what is known to be lacking, when that is much.
  const hasRoom = repairBacklog(state).envelopes < MOST_WANTED / 2;
  for (const partition of state.differing) {
    if (state.active.size >= ACTIVE || !hasRoom) break;
    state.differing.delete(partition);
    state.active.set(partition, { ids: [], rounds: 0, dueMs: nowMs + REPAIR_TIMEOUT_MS });
    effects.push({ type: 'readIds', partition });
  }
  for (const [partition, wanted] of state.wanted) {
    if (state.fetching.size >= FETCHES) break;
    if (state.fetching.has(partition)) continue;
    const ids = [...wanted].slice(0, MAX_COPY_IDS);
    state.fetching.set(partition, { ids, dueMs: nowMs + REPAIR_TIMEOUT_MS });
    effects.push({ type: 'fetch', partition, ids: ids.map(bytesOfHex) });
  }
  const dues = [...state.active.values(), ...state.fetching.values()].map(({ dueMs }) => dueMs);
  const sweepMs = state.sweep === null ? state.sweepMs : state.sweepDueMs;
  if (state.initiates || dues.length > 0) {
    effects.unshift({ type: 'wake', atMs: Math.min(...dues, state.initiates ? sweepMs : Infinity) });
  }
}
