import { RefusalCode } from '../wire/index.ts';
import type { HandoffEffect, HandoffEvent } from './handoff-event.ts';
import { HANDOFF_RULES, type HandoffRules } from './handoff-rules.ts';
import type { NodeKey } from './node-key.ts';
import type { Step } from './step.ts';

/** Envelopes looked at together. */
export const HANDOFF_PAGE = 64;
/** A home that gives no answer for so long is asked again. */
export const HANDOFF_TIMEOUT_MS = 30_000;
/** Between two passes when something could not be handed over. */
export const HANDOFF_REST_MS = 30_000;
const SHORTEST_RETRY_MS = 1000;

/** Custody of one partition (RING-11). Owned by the machine. */
export interface HandoffState {
  readonly self: NodeKey;
  epoch: number;
  homes: readonly NodeKey[];
  /** Rises when receipts become void: answers to what was asked before do not count. */
  round: number;
  readonly boots: Map<NodeKey, string>;
  /** Who has what, by receipts of this round and of the boot that runs. */
  readonly confirmed: Map<NodeKey, Set<string>>;
  /** Refused in this pass. */
  readonly refused: Map<NodeKey, Set<string>>;
  /** Of those: because nobody has the mailbox, or the device. */
  readonly unwanted: Map<NodeKey, Set<string>>;
  /** What was asked and not answered, and until when an answer is waited for. */
  readonly asked: Map<NodeKey, { readonly ids: Set<string>; readonly dueMs: number }>;
  /** Not before. */
  readonly retryMs: Map<NodeKey, number>;
  after: string;
  page: readonly string[];
  phase: 'reading' | 'keeping' | 'resting' | 'done';
  /** Something was left behind in this pass. */
  isStuck: boolean;
  restUntilMs: number;
}

/**
 * Hands one partition over to its homes: everything to every home, and nothing is discarded before all R current homes
 * gave receipts (RING-11).
 * @param state null before the first `start`. When it starts again the state of before goes in; where that is not kept,
 * answers to what was asked before must not come in either.
 * @param rules only tests give others
 */
export function stepHandoff(
  state: HandoffState | null,
  event: HandoffEvent,
  nowMs: number,
  rules: HandoffRules = HANDOFF_RULES,
): Step<HandoffState | null, HandoffEffect> {
  const effects: HandoffEffect[] = [];
  if (event.type === 'start') {
    const next = begin(event, state);
    if (!finishAsHome(next, effects)) read(next, '', effects);
    return { state: next, effects };
  }
  if (state === null || state.phase === 'done') return { state, effects };
  take(state, event, nowMs, rules, effects);
  if (!isDone(state)) proceed(state, nowMs, rules, effects);
  return { state, effects };
}

const isDone = (state: HandoffState): boolean => state.phase === 'done';

function begin(event: HandoffEvent & { readonly type: 'start' }, before: HandoffState | null): HandoffState {
  return {
    self: event.self,
    epoch: event.epoch,
    homes: event.homes,
    // An answer of before this node was a home itself must not count after it: whoever gave it may have relied on us.
    round: before === null ? 0 : before.round + 1,
    boots: new Map(event.boots),
    confirmed: new Map(),
    refused: new Map(),
    unwanted: new Map(),
    asked: new Map(),
    retryMs: new Map(),
    after: '',
    page: [],
    phase: 'reading',
    isStuck: false,
    restUntilMs: 0,
  };
}

function take(
  state: HandoffState,
  event: Exclude<HandoffEvent, { type: 'start' }>,
  nowMs: number,
  rules: HandoffRules,
  effects: HandoffEffect[],
): void {
  switch (event.type) {
    case 'page':
      if (state.phase === 'reading') turnPage(state, event.ids, nowMs, effects);
      return;
    case 'kept':
      if (!rules.counts(state, event)) return;
      answered(state, event.from, event.ids);
      if (!state.boots.has(event.from)) state.boots.set(event.from, event.boot);
      for (const id of event.ids) setOf(state.confirmed, event.from).add(id);
      return;
    case 'refused':
      return refuse(state, event, nowMs);
    case 'gone':
      return forget(state, new Set(event.ids));
    case 'peerBoot':
      if (state.boots.get(event.from) !== event.boot && rules.voidsOnRestart) state.confirmed.delete(event.from);
      state.boots.set(event.from, event.boot);
      // Whatever was asked of it went with the link.
      state.asked.delete(event.from);
      state.retryMs.delete(event.from);
      state.restUntilMs = nowMs;
      return;
    case 'view':
      return changeView(state, event, rules, effects);
    case 'tick':
      for (const [home, { dueMs }] of state.asked) {
        if (dueMs > nowMs) continue;
        state.asked.delete(home);
        state.retryMs.set(home, nowMs + SHORTEST_RETRY_MS);
      }
  }
}

/** Receipts are void when the homes change, or when a change and a change back may have been missed. */
function changeView(
  state: HandoffState,
  event: HandoffEvent & { readonly type: 'view' },
  rules: HandoffRules,
  effects: HandoffEffect[],
): void {
  const isSame = event.homes.length === state.homes.length && event.homes.every((home) => state.homes.includes(home));
  const isNext = event.epoch === state.epoch || event.epoch === state.epoch + 1;
  state.epoch = event.epoch;
  state.homes = event.homes;
  if (finishAsHome(state, effects) || (isSame && isNext)) return;
  state.round++;
  if (rules.voidsOnChange) state.confirmed.clear();
  for (const map of [state.refused, state.unwanted, state.asked, state.retryMs]) map.clear();
  state.restUntilMs = 0;
}

function finishAsHome(state: HandoffState, effects: HandoffEffect[]): boolean {
  if (!state.homes.includes(state.self)) return false;
  state.phase = 'done';
  effects.push({ type: 'done', reason: 'home' });
  return true;
}

/** What would be refused again at once is tried in the next pass, what may go well in a moment when it said. */
function refuse(state: HandoffState, event: HandoffEvent & { readonly type: 'refused' }, nowMs: number): void {
  if (event.round !== state.round) return;
  answered(state, event.from, event.ids);
  const { code } = event;
  if (code === 'unreachable' || code === RefusalCode.BUSY || code === RefusalCode.NOT_HOME) {
    state.retryMs.set(event.from, nowMs + Math.max(SHORTEST_RETRY_MS, event.retryMs));
  } else {
    for (const id of event.ids) setOf(state.refused, event.from).add(id);
    if (code !== RefusalCode.NO_MAILBOX && code !== RefusalCode.NO_DEVICE) return;
    for (const id of event.ids) setOf(state.unwanted, event.from).add(id);
  }
}

function turnPage(state: HandoffState, ids: readonly string[], nowMs: number, effects: HandoffEffect[]): void {
  if (ids.length > 0) {
    state.page = ids;
    state.after = ids.at(-1) as string;
    state.phase = 'keeping';
  } else if (state.isStuck) {
    state.phase = 'resting';
    state.restUntilMs = nowMs + HANDOFF_REST_MS;
  } else if (state.after === '') {
    state.phase = 'done';
    effects.push({ type: 'done', reason: 'empty' });
  } else {
    // What came in the meantime stands before.
    read(state, '', effects);
  }
}

function proceed(state: HandoffState, nowMs: number, rules: HandoffRules, effects: HandoffEffect[]): void {
  if (state.phase === 'resting' && nowMs >= state.restUntilMs) {
    state.isStuck = false;
    state.refused.clear();
    state.unwanted.clear();
    read(state, '', effects);
  }
  if (state.phase === 'keeping') {
    discard(state, rules, effects);
    setAside(state, effects);
    for (const home of state.homes) keep(state, home, nowMs, effects);
    if (state.homes.every((home) => !state.asked.has(home))) {
      if (state.page.length > 0) state.isStuck = true;
      read(state, state.after, effects);
    }
  }
  const dues = [...state.asked.values()].map(({ dueMs }) => dueMs);
  const wakes = [...dues, ...(state.phase === 'resting' ? [state.restUntilMs] : [])];
  if (wakes.length > 0) effects.unshift({ type: 'wake', atMs: Math.min(...wakes) });
}

function keep(state: HandoffState, home: NodeKey, nowMs: number, effects: HandoffEffect[]): void {
  if (state.asked.has(home) || nowMs < (state.retryMs.get(home) ?? 0)) return;
  const [confirmed, refused] = [state.confirmed.get(home), state.refused.get(home)];
  const ids = state.page.filter((id) => confirmed?.has(id) !== true && refused?.has(id) !== true);
  if (ids.length === 0) return;
  state.asked.set(home, { ids: new Set(ids), dueMs: nowMs + HANDOFF_TIMEOUT_MS });
  effects.push({ type: 'keep', to: home, ids, round: state.round });
}

function discard(state: HandoffState, rules: HandoffRules, effects: HandoffEffect[]): void {
  const isSafe = (id: string): boolean => {
    const holders = rules.holders(state, id);
    return state.homes.length > 0 && holders >= rules.needed(state.homes.length);
  };
  const ids = state.page.filter(isSafe);
  if (ids.length === 0) return;
  effects.push({ type: 'discard', ids });
  forget(state, new Set(ids));
}

/** What a quorum of the homes does not want, whoever holds it judges: this pass goes on without it. */
function setAside(state: HandoffState, effects: HandoffEffect[]): void {
  if (state.unwanted.size === 0) return;
  const quorum = Math.floor(state.homes.length / 2) + 1;
  const ids = state.page.filter(
    (id) => state.homes.filter((home) => state.unwanted.get(home)?.has(id) === true).length >= quorum,
  );
  if (ids.length === 0) return;
  state.isStuck = true;
  effects.push({ type: 'unwanted', ids });
  forget(state, new Set(ids));
}

function forget(state: HandoffState, ids: ReadonlySet<string>): void {
  state.page = state.page.filter((id) => !ids.has(id));
  for (const map of [state.confirmed, state.refused, state.unwanted]) {
    for (const set of map.values()) for (const id of ids) set.delete(id);
  }
  for (const home of state.asked.keys()) answered(state, home, ids);
}

/** An answer may come in parts. */
function answered(state: HandoffState, home: NodeKey, ids: Iterable<string>): void {
  const asked = state.asked.get(home);
  for (const id of ids) asked?.ids.delete(id);
  if (asked?.ids.size === 0) state.asked.delete(home);
}

function read(state: HandoffState, after: string, effects: HandoffEffect[]): void {
  state.phase = 'reading';
  state.after = after;
  state.page = [];
  effects.push({ type: 'read', after, limit: HANDOFF_PAGE });
}

function setOf(map: Map<NodeKey, Set<string>>, key: NodeKey): Set<string> {
  const set = map.get(key) ?? new Set<string>();
  map.set(key, set);
  return set;
}
