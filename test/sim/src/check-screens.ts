import type { HistoryEvent, ShownRow } from './history-events.ts';
import type { Violation } from './history-checker.ts';

interface Sent {
  readonly by: string;
  readonly to: string;
  readonly text: string;
  /** Place among the messages of its sender to this recipient, from 0; null: perhaps never taken over. */
  order: number | null;
}

/** What one person was shown of another. */
class Screen {
  /** Position by message. */
  readonly positions = new Map<string, number>();
  /** Message by position. */
  readonly ids = new Map<number, string>();
}

type Report = (rule: Violation['rule'], text: string) => void;

/** HIST-1 to HIST-4: what appears on the recipients' screens. */
export function checkScreens(events: readonly HistoryEvent[]): Violation[] {
  const violations: Violation[] = [];
  const sent = new Map<string, Sent>();
  const counts = new Map<string, number>();
  const failed = new Set<string>();
  const screens = new Map<string, Screen>();
  for (const [at, event] of events.entries()) {
    const report: Report = (rule, text) => violations.push({ rule, at, text });
    switch (event.type) {
      case 'tried': {
        const { id, by, to, text } = event;
        if (!sent.has(id)) sent.set(id, { by, to, text, order: null });
        break;
      }
      case 'sent': {
        const message = sent.get(event.id);
        if (message === undefined || message.order !== null) break;
        const stream = `${message.by} to ${message.to}`;
        message.order = counts.get(stream) ?? 0;
        counts.set(stream, message.order + 1);
        break;
      }
      case 'state':
        if (event.state === 'failed') failed.add(event.id);
        break;
      case 'shown':
      case 'history': {
        const { by, from } = event;
        const name = `${from} to ${by}`;
        const screen = screens.get(name) ?? new Screen();
        screens.set(name, screen);
        const rows = event.type === 'shown' ? [event.row] : event.rows;
        for (const row of rows) checkRow(row, { by, from }, screen, sent, report);
        if (event.type === 'history') {
          checkWhole(event.rows, screen, report);
          checkOrder(event.rows, sent, failed, report);
        }
        break;
      }
      default:
        break;
    }
  }
  return violations;
}

/** A row by itself: of a message that was sent, at a place of its own that does not change. */
function checkRow(
  row: ShownRow,
  { by, from }: { by: string; from: string },
  screen: Screen,
  sent: ReadonlyMap<string, Sent>,
  report: Report,
): void {
  if (row.kind === 'gap') return;
  const { id, position } = row;
  const message = sent.get(id);
  if (message === undefined) report('HIST-1 not sent', `${by} is shown ${id}, which nobody sent`);
  else if (message.by !== from || message.to !== by) {
    report('HIST-1 not sent', `${by} is shown ${id} as from ${from}; ${message.by} sent it to ${message.to}`);
  } else if (row.kind === 'text' && row.text !== message.text) {
    report('HIST-1 not sent', `${by} is shown ${id} with other words than ${from} wrote`);
  }
  const before = screen.positions.get(id);
  if (before !== undefined && before !== position) {
    report('HIST-2 shown twice', `${by} is shown ${id} at ${before} and at ${position}`);
  }
  const other = screen.ids.get(position);
  if (other !== undefined && other !== id) {
    report('HIST-2 shown twice', `${by} is shown ${id} and ${other} at ${position}`);
  }
  screen.positions.set(id, position);
  screen.ids.set(position, id);
}

/** Everything shown before is there, once. */
function checkWhole(rows: readonly ShownRow[], screen: Screen, report: Report): void {
  const here = new Set<string>();
  for (const row of rows) {
    if (row.kind === 'gap') continue;
    if (here.has(row.id)) report('HIST-2 shown twice', `${row.id} is twice in one history`);
    here.add(row.id);
  }
  for (const id of screen.positions.keys()) {
    if (!here.has(id)) report('HIST-4 vanished', `${id} was shown before and is gone`);
  }
}

/**
 * In the order in which they were sent; what is missing in between is told as a gap of that size. A message that
 * failed has no certain place: sent again it may come after those that were sent meanwhile.
 */
function checkOrder(
  rows: readonly ShownRow[],
  sent: ReadonlyMap<string, Sent>,
  failed: ReadonlySet<string>,
  report: Report,
): void {
  const ordersOfFailed = new Set([...failed].map((id) => sent.get(id)?.order));
  let last = { order: -1, position: -1 };
  let told = 0;
  for (const row of rows) {
    if (row.position <= last.position) report('HIST-3 out of order', `positions do not rise at ${row.position}`);
    if (row.kind === 'gap') {
      told += row.missing;
      last = { ...last, position: row.position };
      continue;
    }
    const order = sent.get(row.id)?.order ?? null;
    if (order === null || failed.has(row.id)) continue;
    if (order < last.order) report('HIST-3 out of order', `${row.id} comes after a message that was sent later`);
    const missing = order - last.order - 1;
    const uncertain = Array.from({ length: Math.max(0, missing) }, (_, i) => last.order + 1 + i).filter((between) =>
      ordersOfFailed.has(between),
    ).length;
    if (missing > 0 && (told > missing || told < missing - uncertain)) {
      report('HIST-3 out of order', `${missing} are missing before ${row.id}, and a gap of ${told} is shown`);
    }
    last = { order: Math.max(order, last.order), position: row.position };
    told = 0;
  }
}
