import { Cast } from './cast.ts';
import type { HistoryEvent, ShownRow } from './history-events.ts';
import type { Violation } from './history-checker.ts';
import { Ledger, type LedgerMessage, type WantedChange } from './ledger.ts';

type Shown = ShownRow & { kind: 'text' | 'deleted' };

/** HIST-15, HIST-16: in the end every screen shows the latest words of each message, and the same reactions. */
export function checkWords(events: readonly HistoryEvent[]): Violation[] {
  const ledger = new Ledger();
  const cast = new Cast();
  /** The last whole history of each screen and conversation. */
  const last = new Map<string, HistoryEvent & { type: 'history' }>();
  for (const event of events) {
    ledger.follow(event);
    cast.follow(event);
    if (event.type === 'history') last.set(`${event.by} with ${event.from}`, event);
  }
  if (events.at(-1)?.type !== 'end') return [];
  const texts: string[] = [];
  const shown = new Map<string, { screen: string; row: Shown }[]>();
  for (const { by, rows } of last.values()) {
    if (cast.isRevoked(by)) continue;
    for (const row of rows) {
      if (row.kind !== 'text' && row.kind !== 'deleted') continue;
      shown.set(row.id, [...(shown.get(row.id) ?? []), { screen: by, row }]);
    }
  }
  for (const [id, places] of shown) {
    const message = ledger.messages.get(id);
    if (message === undefined) continue;
    const [first] = places;
    for (const place of places) {
      if (first !== undefined && saidBy(place.row) !== saidBy(first.row)) {
        texts.push(
          `${id} is "${saidBy(first.row)}" for ${first.screen} and "${saidBy(place.row)}" for ${place.screen}`,
        );
      }
    }
    for (const { screen, row } of places) {
      const problem = judge(message, row, cast);
      if (problem !== null) texts.push(`${screen}: ${id} ${problem}`);
    }
  }
  return texts.map((text) => ({ rule: 'HIST-16 not the latest words', at: events.length - 1, text }));
}

/** What a row says, to compare. */
function saidBy(row: Shown): string {
  if (row.kind === 'deleted') return '(deleted)';
  const text = row.text.length > 20 ? `${row.text.slice(0, 20)}… ${row.text.length}` : row.text;
  return [text, ...(row.reactions ?? []).map(({ by, emoji }) => `${by} ${emoji}`)].join(' | ');
}

/** null: all is well */
function judge(message: LedgerMessage, row: Shown, cast: Cast): string | null {
  const author = cast.personOf(message.by);
  const ofAuthor = message.changes.filter(({ by }) => cast.personOf(by) === author);
  const deletions = ofAuthor.filter(({ change }) => 'deleted' in change);
  if (row.kind === 'deleted') return null;
  if (deletions.some(({ taken }) => taken)) return 'was taken back, and is shown';
  const edits = latest(ofAuthor.filter(({ change }) => 'text' in change));
  const mayBe = edits.of.some(({ change }) => 'text' in change && change.text === row.text);
  if (!mayBe && !(edits.perhapsNone && row.text === message.text)) return 'does not show its latest edit';
  for (const person of new Set(message.changes.map(({ by }) => cast.personOf(by)))) {
    const reactions = message.changes.filter(({ by, change }) => cast.personOf(by) === person && 'emoji' in change);
    const { of, perhapsNone } = latest(reactions);
    const emoji = row.reactions?.find(({ by }) => by === person)?.emoji ?? '';
    if (!of.some(({ change }) => 'emoji' in change && change.emoji === emoji) && !(perhapsNone && emoji === '')) {
      return `does not show the latest reaction of ${person}`;
    }
  }
  return null;
}

/** Those that may be the latest: none that is older than one that was certainly taken over. */
function latest(changes: readonly WantedChange[]): { of: readonly WantedChange[]; perhapsNone: boolean } {
  const since = Math.max(-Infinity, ...changes.filter(({ taken }) => taken).map(({ at }) => at));
  return { of: changes.filter(({ at }) => at >= since), perhapsNone: since === -Infinity };
}
