import type { Clock } from '@sotto/protocol/link';
import { failed, type NodeCheck, ok, warning } from './node-check.ts';

/** A second is what the Date of an answer over HTTP has. */
const NOTICEABLE_MS = 3000;
/** Nodes of a ring refuse each other beyond this. */
const LARGEST_MS = 60_000;
const MEANS = 'Receipts carry the time, and messages expire by it.';
const FIX = 'Let NTP keep the clock (systemd-timesyncd, chrony) on both machines.';

/** Somebody else's time, and how far it is ahead of this machine's. */
export interface OtherClock {
  readonly whose: string;
  /** null: it did not answer. */
  readonly aheadMs: number | null;
}

/** @param isKept as Machine.clockIsKept() (OPS-58) */
export function clockChecks(others: readonly OtherClock[], isKept: boolean | null): NodeCheck[] {
  return [...others.map(compared), kept(isKept, others.length > 0)];
}

function compared({ whose, aheadMs }: OtherClock): NodeCheck {
  const name = 'clock';
  if (aheadMs === null) return warning(name, `${whose} does not say what time it is`, MEANS, 'Check its address.');
  const size = Math.abs(aheadMs);
  const found =
    size <= NOTICEABLE_MS
      ? `within ${Math.ceil(size / 1000) || 1} s of ${whose}`
      : `${Math.round(size / 1000)} s ${aheadMs > 0 ? 'behind' : 'ahead of'} ${whose}`;
  if (size <= NOTICEABLE_MS) return ok(name, found, MEANS);
  if (size <= LARGEST_MS) return warning(name, found, `${MEANS} They are a little off.`, FIX);
  return failed(name, found, `${MEANS} Messages may expire early or be refused, and other nodes refuse this one.`, FIX);
}

function kept(isKept: boolean | null, wasCompared: boolean): NodeCheck {
  const name = 'clock-sync';
  if (isKept === true) return ok(name, 'NTP keeps the clock of this machine', MEANS);
  if (isKept === null) {
    const hint = wasCompared ? '' : '; --compare-clock URL compares with another node';
    return ok(name, `this system does not say whether NTP keeps the clock${hint}`, MEANS);
  }
  return warning(name, 'nothing keeps the clock of this machine', `${MEANS} It will be off some day.`, FIX);
}

/** The time that a node's answers carry; within a second. @param url ws, wss, http or https */
export async function clockOfNode(url: string, clock: Clock): Promise<OtherClock> {
  const whose = `the node at ${new URL(url).host}`;
  try {
    const askedAt = clock.now();
    const base = url.replace(/^ws/i, 'http').replace(/\/$/, '');
    const answer = await fetch(`${base}/health`, { signal: AbortSignal.timeout(10_000), redirect: 'error' });
    const middle = (askedAt + clock.now()) / 2;
    const said = Date.parse(answer.headers.get('date') ?? '');
    // The header leaves out the milliseconds: on average half a second.
    return { whose, aheadMs: Number.isNaN(said) ? null : Math.round(said + 500 - middle) };
  } catch {
    return { whose, aheadMs: null };
  }
}
