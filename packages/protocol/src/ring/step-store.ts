import { RefusalCode } from '../wire/index.ts';
import type { NodeKey } from './node-key.ts';
import type { Homes } from './placement.ts';
import type { Step } from './step.ts';

/** After this long a stand-in is asked in the place of who has not answered (RING-10). */
export const STAND_IN_MS = 400;
/** After this long nobody is waited for. */
export const STORE_TIMEOUT_MS = 10_000;

/** Why a node did not keep an envelope: its refusal, or that it could not be asked. */
export type KeepFailure = RefusalCode | 'unreachable';

export type StoreEvent<Receipt> =
  /** The homes of the mailbox by the view of now. */
  | { readonly type: 'start'; readonly homes: Homes }
  | { readonly type: 'kept'; readonly from: NodeKey; readonly receipt: Receipt }
  | { readonly type: 'refused'; readonly from: NodeKey; readonly code: KeepFailure }
  | { readonly type: 'tick' };

export type StoreEffect<Receipt> =
  /** To this node itself, too: then it is its own store that keeps. */
  | { readonly type: 'keep'; readonly to: NodeKey; readonly as: 'home' | 'stand-in' }
  /** For the sender, as it comes. */
  | { readonly type: 'receipt'; readonly from: NodeKey; readonly receipt: Receipt }
  | { readonly type: 'wake'; readonly atMs: number }
  | { readonly type: 'done'; readonly outcome: StoreOutcome };

export interface StoreOutcome {
  readonly kept: readonly NodeKey[];
  readonly enough: boolean;
  /** When there are not enough: what most homes said, if it helps nobody to try again; else null. */
  readonly refusal: RefusalCode | null;
}

/** The coordinator of one envelope. Owned by the machine. */
export interface StoreState {
  readonly homes: Homes;
  readonly startedMs: number;
  readonly asked: Map<NodeKey, Asked>;
  isDone: boolean;
}

interface Asked {
  readonly as: 'home' | 'stand-in';
  readonly askedMs: number;
  answer: 'kept' | KeepFailure | null;
  /** A stand-in was asked in its place. */
  isReplaced: boolean;
}

/** The mailbox's own "no": whoever stood in for such a home would go round it. */
const FINAL: ReadonlySet<KeepFailure> = new Set([
  RefusalCode.QUOTA,
  RefusalCode.NOT_ALLOWED,
  RefusalCode.NO_MAILBOX,
  RefusalCode.BAD_ENVELOPE,
  RefusalCode.TOKEN_USED,
  RefusalCode.NO_DEVICE,
]);

/**
 * Has one envelope stored at its homes, all at once, and at stand-ins for those that do not answer (RING-10).
 * @param state null before `start`
 */
export function stepStore<Receipt>(
  state: StoreState | null,
  event: StoreEvent<Receipt>,
  nowMs: number,
): Step<StoreState | null, StoreEffect<Receipt>> {
  const effects: StoreEffect<Receipt>[] = [];
  if (event.type === 'start') {
    const next: StoreState = { homes: event.homes, startedMs: nowMs, asked: new Map(), isDone: false };
    for (const home of event.homes.homes) ask(next, home, 'home', nowMs, effects);
    conclude(next, nowMs, effects);
    return { state: next, effects };
  }
  if (state === null) return { state, effects };
  if (event.type !== 'tick') {
    const asked = state.asked.get(event.from);
    // Who was not asked has nothing to say, and who kept it has it.
    if (asked === undefined || asked.answer === 'kept') return { state, effects };
    asked.answer = event.type === 'kept' ? 'kept' : event.code;
    if (event.type === 'kept') effects.push({ type: 'receipt', from: event.from, receipt: event.receipt });
  }
  if (state.isDone) return { state, effects };
  replace(state, nowMs, effects);
  conclude(state, nowMs, effects);
  return { state, effects };
}

function ask<R>(state: StoreState, to: NodeKey, as: Asked['as'], nowMs: number, effects: StoreEffect<R>[]): void {
  state.asked.set(to, { as, askedMs: nowMs, answer: null, isReplaced: false });
  effects.push({ type: 'keep', to, as });
}

/** One stand-in for each that could not keep it or is silent, as long as there are stand-ins. */
function replace<R>(state: StoreState, nowMs: number, effects: StoreEffect<R>[]): void {
  for (const asked of state.asked.values()) {
    if (asked.isReplaced || !isMissing(asked, nowMs)) continue;
    const standIn = state.homes.standIns.find((key) => !state.asked.has(key));
    if (standIn === undefined) return;
    asked.isReplaced = true;
    ask(state, standIn, 'stand-in', nowMs, effects);
  }
}

function isMissing({ answer, askedMs }: Asked, nowMs: number): boolean {
  if (answer === null) return nowMs - askedMs >= STAND_IN_MS;
  return answer !== 'kept' && !FINAL.has(answer);
}

function conclude<R>(state: StoreState, nowMs: number, effects: StoreEffect<R>[]): void {
  const { homes, asked, startedMs } = state;
  const kept = [...asked].filter(([, { answer }]) => answer === 'kept').map(([key]) => key);
  const isWhole = homes.r > 0 && homes.homes.every((key) => asked.get(key)?.answer === 'kept');
  const waiting = [...asked.values()].filter(({ answer }) => answer === null);
  if (isWhole || waiting.length === 0 || nowMs - startedMs >= STORE_TIMEOUT_MS) {
    state.isDone = true;
    const enough = homes.r > 0 && kept.length >= homes.w;
    effects.push({ type: 'done', outcome: { kept, enough, refusal: enough ? null : refusalOf(state) } });
    return;
  }
  const silent = waiting.filter(({ isReplaced }) => !isReplaced).map(({ askedMs }) => askedMs + STAND_IN_MS);
  const next = silent.filter((atMs) => atMs > nowMs);
  effects.unshift({ type: 'wake', atMs: Math.min(startedMs + STORE_TIMEOUT_MS, ...next) });
}

/** The final refusal of so many homes that a quorum is out of reach: one home alone cannot refuse in the name of all. */
function refusalOf({ homes, asked }: StoreState): RefusalCode | null {
  const answers = homes.homes.map((key) => asked.get(key)?.answer);
  const final = answers.filter((answer): answer is RefusalCode => typeof answer === 'number' && FINAL.has(answer));
  if (final.length === 0 || homes.r - final.length >= homes.w) return null;
  const count = (code: RefusalCode): number => final.filter((other) => other === code).length;
  return final.reduce((best, code) => (count(code) > count(best) ? code : best));
}
