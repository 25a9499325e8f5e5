import { Cast } from './cast.ts';
import { checkOrder } from './check-order.ts';
import type { HistoryEvent, ShownRow } from './history-events.ts';
import type { Violation } from './history-checker.ts';
import { imageName, Ledger } from './ledger.ts';

/** What one screen was shown of one conversation. */
class Conversation {
  /** Position by message. */
  readonly positions = new Map<string, number>();
  /** Message by position. */
  readonly ids = new Map<number, string>();
  /** Shown with words: not a placeholder, which may turn out to stand for nothing. */
  readonly words = new Set<string>();
  /** ms: when it may be gone, by message. */
  readonly ends = new Map<string, number>();

  copy(): Conversation {
    const copy = new Conversation();
    for (const [id, position] of this.positions) copy.positions.set(id, position);
    for (const [position, id] of this.ids) copy.ids.set(position, id);
    for (const id of this.words) copy.words.add(id);
    for (const [id, end] of this.ends) copy.ends.set(id, end);
    return copy;
  }
}

type Report = (rule: Violation['rule'], text: string) => void;

/** Conversations of a screen, by person. */
type Screen = Map<string, Conversation>;

/** HIST-1 to HIST-4: what appears on the screens. */
export function checkScreens(events: readonly HistoryEvent[]): Violation[] {
  const violations: Violation[] = [];
  const ledger = new Ledger();
  const cast = new Cast();
  /** Messages without a certain place. */
  const uncertain = new Set<string>();
  const joinedAt = new Map<string, number>();
  const screens = new Map<string, Screen>();
  const images = new Map<string, Screen>();
  /** By image: what its screen knew to have left. */
  const left = new Set<string>();
  const leftOf = new Map<string, ReadonlySet<string>>();
  for (const [at, event] of events.entries()) {
    const report: Report = (rule, text) => violations.push({ rule, at, text });
    ledger.follow(event);
    cast.follow(event);
    switch (event.type) {
      case 'joined':
        joinedAt.set(event.by, at);
        break;
      case 'state':
        if (event.state === 'failed') uncertain.add(event.id);
        else if (event.state !== 'waiting' && event.state !== 'sent') left.add(event.id);
        break;
      case 'imaged':
        leftOf.set(imageName(event), new Set(left));
        images.set(imageName(event), copyOf(screens.get(event.by)));
        break;
      case 'restored':
        // It may have left under a number that the copy does not know, and leaves again under another one.
        for (const { id, by } of ledger.messages.values()) {
          if (by === event.by && leftOf.get(imageName(event))?.has(id) !== true) uncertain.add(id);
        }
        screens.set(event.by, copyOf(images.get(imageName(event))));
        break;
      case 'shown':
      case 'history': {
        const { by, from } = event;
        const screen = screens.get(by) ?? new Map<string, Conversation>();
        screens.set(by, screen);
        const conversation = screen.get(from) ?? new Conversation();
        screen.set(from, conversation);
        const rows = event.type === 'shown' ? [event.row] : event.rows;
        for (const row of rows) {
          const hasEnd = row.kind === 'text' && row.expiresAt !== undefined;
          // A placeholder stands where it came, whatever was missing before it.
          const wasPlaceholder = row.kind === 'undecryptable' || (row.kind === 'text' && isToldTwice(events, at));
          if (hasEnd || wasPlaceholder) uncertain.add(row.id);
          checkRow(row, { by, from }, conversation, { ledger, cast }, report);
        }
        if (event.type === 'history') {
          checkWhole(event.rows, event.at ?? Infinity, conversation, report);
          checkOrder(event, { ledger, cast, uncertain, joinedAt: joinedAt.get(by) ?? -1 }, report);
        }
        break;
      }
      default:
        break;
    }
  }
  return violations;
}

/** At one moment: what came could not be opened, and its placeholder was filled in before anybody saw it. */
function isToldTwice(events: readonly HistoryEvent[], at: number): boolean {
  const told = events[at];
  if (told?.type !== 'shown' || told.row.kind !== 'text') return false;
  for (let i = at - 1; ; i--) {
    const before = events[i];
    if (before?.type !== 'shown' || before.by !== told.by) return false;
    if (JSON.stringify(before.row) === JSON.stringify(told.row)) return true;
  }
}

const copyOf = (screen: Screen | undefined): Screen =>
  new Map([...(screen ?? [])].map(([from, conversation]) => [from, conversation.copy()]));

/** A row by itself: of a message that was sent, at a place of its own that does not change. */
function checkRow(
  row: ShownRow,
  { by, from }: { by: string; from: string },
  conversation: Conversation,
  { ledger, cast }: { ledger: Ledger; cast: Cast },
  report: Report,
): void {
  if (row.kind === 'gap') return;
  const { id, position } = row;
  const message = ledger.messages.get(id);
  const author = message === undefined ? '' : cast.personOf(message.by);
  const [writer, reader] = 'own' in row ? [cast.personOf(by), from] : [from, cast.personOf(by)];
  if (row.kind === 'timer') {
    // Its id is chosen by the program.
  } else if (message === undefined) {
    // What could not be opened after a loss may have been a receipt.
    const mayBeReceipt = row.kind === 'undecryptable' && (cast.isShaken(from) || cast.isShaken(cast.personOf(by)));
    if (!mayBeReceipt) report('HIST-1 not sent', `${by} is shown ${id}, which nobody sent`);
  } else if (author !== writer || message.to !== reader) {
    report('HIST-1 not sent', `${by} is shown ${id} as from ${writer}; ${message.by} sent it to ${message.to}`);
  } else if (row.kind === 'text') {
    const texts = message.changes.filter((change) => cast.personOf(change.by) === author).map(({ change }) => change);
    if (row.text !== message.text && !texts.some((change) => 'text' in change && change.text === row.text)) {
      report('HIST-1 not sent', `${by} is shown ${id} with other words than ${writer} wrote`);
    }
    for (const reaction of row.reactions ?? []) {
      const wanted = message.changes.some(
        (change) =>
          cast.personOf(change.by) === reaction.by &&
          'emoji' in change.change &&
          change.change.emoji === reaction.emoji,
      );
      if (!wanted) report('HIST-1 not sent', `${by} is shown a reaction to ${id} that ${reaction.by} did not give`);
    }
  } else if (row.kind === 'deleted') {
    const wanted = message.changes.some(
      ({ by: screen, change }) => cast.personOf(screen) === author && 'deleted' in change,
    );
    if (!wanted) report('HIST-1 not sent', `${by} is shown that ${writer} took ${id} back, who did not`);
  }
  const before = conversation.positions.get(id);
  if (before !== undefined && before !== position) {
    report('HIST-2 shown twice', `${by} is shown ${id} at ${before} and at ${position}`);
  }
  const other = conversation.ids.get(position);
  if (other !== undefined && other !== id && conversation.words.has(other)) {
    report('HIST-2 shown twice', `${by} is shown ${id} and ${other} at ${position}`);
  }
  conversation.positions.set(id, position);
  conversation.ids.set(position, id);
  if (row.kind === 'text' || row.kind === 'deleted') conversation.words.add(id);
  if (row.kind === 'text' && row.expiresAt !== undefined) conversation.ends.set(id, row.expiresAt);
}

/** Everything shown before is there, once. What had an end is gone after it (HIST-17). */
function checkWhole(rows: readonly ShownRow[], atMs: number, conversation: Conversation, report: Report): void {
  const here = new Set<string>();
  for (const row of rows) {
    if (row.kind === 'gap') continue;
    if (here.has(row.id)) report('HIST-2 shown twice', `${row.id} is twice in one history`);
    here.add(row.id);
    if (
      row.kind === 'text' &&
      row.expiresAt !== undefined &&
      row.expiresAt > 0 &&
      Number.isFinite(atMs) &&
      row.expiresAt + SLACK_MS < atMs
    ) {
      report('HIST-17 did not disappear', `${row.id} should be gone`);
    }
  }
  for (const id of conversation.words) {
    const end = conversation.ends.get(id);
    if (!here.has(id) && (end === undefined || atMs < end)) {
      report('HIST-4 vanished', `${id} was shown before and is gone`);
    }
  }
}

/** A program that was not running at the time looks when it starts. */
const SLACK_MS = 60_000;
