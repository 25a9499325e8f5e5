import type { Cast } from './cast.ts';
import type { HistoryEvent, ShownRow } from './history-events.ts';
import type { Violation } from './history-checker.ts';
import { isTakenBack, type Ledger, type LedgerMessage, streamOf } from './ledger.ts';

interface Known {
  readonly ledger: Ledger;
  readonly cast: Cast;
  /** Messages without a certain place: once shown as failed, once a placeholder, or with an end. */
  readonly uncertain: ReadonlySet<string>;
  /** Index of the event at which the screen came; what was written before need not be on it, nor told as missing. */
  readonly joinedAt: number;
}

type Report = (rule: Violation['rule'], text: string) => void;

/** HIST-3. Positions rise, and the messages of each screen that wrote them come in the order in which it did. */
export function checkOrder({ by, from, rows }: HistoryEvent & { type: 'history' }, known: Known, report: Report): void {
  const { ledger, cast } = known;
  const streams = new Map<string, ShownRow[]>();
  let last = -1;
  for (const row of rows) {
    if (row.position <= last) report('HIST-3 out of order', `positions do not rise at ${row.position}`);
    last = row.position;
    const writer = row.kind === 'gap' ? (row.of ?? from) : ledger.messages.get(row.id)?.by;
    if (writer !== undefined) streams.set(writer, [...(streams.get(writer) ?? []), row]);
  }
  for (const [writer, written] of streams) {
    const own = cast.personOf(writer) === cast.personOf(by);
    checkStream(written, streamOf(writer, own ? from : cast.personOf(by)), known, {
      // A screen is not told what it is missing of the others of its person; and who lost state does not count well.
      gaps: !own && !cast.isShaken(writer),
      report,
    });
  }
}

/**
 * In the order in which they were sent; what is missing in between is told as a gap of that size. A message that
 * failed has no certain place: sent again it may come after those that were sent meanwhile.
 */
function checkStream(
  rows: readonly ShownRow[],
  stream: string,
  { ledger, uncertain, joinedAt }: Known,
  { gaps, report }: { readonly gaps: boolean; readonly report: Report },
): void {
  const places = new Set<number | null>();
  for (const message of ledger.messages.values()) {
    if (streamOf(message.by, message.to) !== stream) continue;
    const early = message.since < joinedAt;
    if (early || uncertain.has(message.id) || isTakenBack(message)) places.add(message.order);
  }
  let last: { order: number; epoch: number } = { order: -1, epoch: 0 };
  let told = 0;
  for (const row of rows) {
    if (row.kind === 'gap') {
      told += row.missing;
      continue;
    }
    const message: LedgerMessage | undefined = ledger.messages.get(row.id);
    if (message === undefined || message.order === null || uncertain.has(row.id)) continue;
    // After an older disk numbers are given again.
    if (message.epoch > 0) continue;
    const { order, epoch } = message;
    if (order < last.order && epoch === last.epoch) {
      report('HIST-3 out of order', `${row.id} comes after a message that was sent later`);
    }
    const between = Array.from({ length: Math.max(0, order - last.order - 1) }, (_, i) => last.order + 1 + i);
    const missing = between.length;
    const least = between.filter((place) => !places.has(place)).length;
    const most = missing + ledger.hiddenBetween(stream, last.order, order);
    if (gaps && missing > 0 && (told > most || told < least)) {
      report('HIST-3 out of order', `${missing} are missing before ${row.id}, and a gap of ${told} is shown`);
    }
    last = { order: Math.max(order, last.order), epoch };
    told = 0;
  }
}
