import { Cast } from './cast.ts';
import type { HistoryEvent } from './history-events.ts';
import type { Violation } from './history-checker.ts';
import { imageName, isTakenBack, Ledger, type LedgerMessage } from './ledger.ts';

/** What is on one screen: messages with words, by id; and what is still missing there, by conversation and position. */
interface Here {
  readonly messages: Set<string>;
  /** Whose messages are missing there; null: not known. */
  readonly open: Map<string, string | null>;
}

const copyOf = (here: Here | undefined): Here => ({
  messages: new Set(here?.messages),
  open: new Map(here?.open),
});

/** HIST-10, HIST-11, HIST-14: whether everything is on every screen to which it is owed, in the end. */
export function checkArrivals(events: readonly HistoryEvent[]): Violation[] {
  const violations: Violation[] = [];
  const ledger = new Ledger();
  const cast = new Cast();
  const screens = new Map<string, Here>();
  const images = new Map<string, Here>();
  /** Messages that their senders were told are kept. */
  const kept = new Set<string>();
  const forgotten = new Set<string>();
  /**
   * What a screen sent after its disk went back bears numbers that were given before; a screen that loses it again by
   * an older disk of its own cannot name what it misses.
   */
  const lostTwice = new Set<string>();
  /** Messages that disappear: who was away long enough never sees them. */
  const mortal = new Set<string>();
  for (const [at, event] of events.entries()) {
    const report = (rule: Violation['rule'], text: string): void => void violations.push({ rule, at, text });
    ledger.follow(event);
    cast.follow(event);
    switch (event.type) {
      case 'tried':
        if (!screens.has(event.by)) screens.set(event.by, copyOf(undefined));
        if (![...screens.keys()].some((screen) => cast.personOf(screen) === event.to)) {
          screens.set(event.to, copyOf(undefined));
        }
        break;
      case 'joined':
        if (!screens.has(event.by)) screens.set(event.by, copyOf(undefined));
        break;
      case 'imaged':
        images.set(imageName(event), copyOf(screens.get(event.by)));
        break;
      case 'restored':
        screens.set(event.by, copyOf(images.get(imageName(event))));
        for (const { id, by, wanted, epoch } of ledger.messages.values()) {
          if (by === event.by && !wanted) forgotten.add(id);
          if (by !== event.by && epoch > 0) lostTwice.add(nameOf(event.by, id));
        }
        break;
      case 'state':
        if (event.state === 'stored' || event.state === 'delivered' || event.state === 'read') kept.add(event.id);
        break;
      case 'shown':
      case 'history': {
        const here = screens.get(event.by) ?? copyOf(undefined);
        screens.set(event.by, here);
        take(here, event);
        for (const row of event.type === 'shown' ? [event.row] : event.rows) {
          if (row.kind === 'text' && row.expiresAt !== undefined) mortal.add(row.id);
        }
        break;
      }
      case 'end':
        for (const message of ledger.messages.values()) {
          if (forgotten.has(message.id) || mortal.has(message.id) || isTakenBack(message)) continue;
          const owed = [...screens].filter(([screen]) => isOwed(message, screen, cast));
          for (const [screen, { messages }] of owed) {
            if (messages.has(message.id) || lostTwice.has(nameOf(screen, message.id))) continue;
            const { id, by, wanted } = message;
            const own = cast.personOf(screen) === cast.personOf(by);
            if (own && (wanted || kept.has(id))) {
              report('HIST-14 not on all screens', `${by} sent ${id}; ${screen} of the same person was never shown it`);
            } else if (kept.has(id)) {
              report(
                'HIST-10 acknowledged, not shown',
                `${by} was told that ${id} is kept; ${screen} was never shown it`,
              );
            } else if (wanted) {
              report('HIST-11 not delivered', `${by} sent ${id}; ${screen} was never shown it`);
            }
          }
        }
        for (const [screen, { open }] of screens) {
          if (cast.isRevoked(screen)) continue;
          for (const [place, of] of open) {
            // What a revoked screen said last may have reached nobody.
            if (of === null || !cast.isRevoked(of))
              report('HIST-11 not delivered', `${screen}: a gap or a placeholder is left, ${place}`);
          }
        }
        break;
      default:
        break;
    }
  }
  return violations;
}

const nameOf = (screen: string, id: string): string => `${screen}: ${id}`;

function take({ messages, open }: Here, event: HistoryEvent & { type: 'shown' | 'history' }): void {
  const { from } = event;
  const rows = event.type === 'shown' ? [event.row] : event.rows;
  if (event.type === 'history')
    for (const place of open.keys()) if (place.startsWith(`${from} at `)) open.delete(place);
  for (const row of rows) {
    const place = `${from} at ${row.position}`;
    if (row.kind === 'undecryptable' || row.kind === 'unknown' || (row.kind === 'gap' && row.missing > 0)) {
      open.set(place, row.kind === 'gap' ? (row.of ?? null) : null);
      continue;
    }
    open.delete(place);
    if (row.kind !== 'gap') messages.add(row.id);
  }
}

/** To every screen of its recipient, and to the others of its author: who joins later gets what was there before. */
function isOwed({ by, to }: LedgerMessage, screen: string, cast: Cast): boolean {
  // What a revoked screen said last may have reached nobody, or some and not the others.
  if (cast.isRevoked(screen) || cast.isRevoked(by) || screen === by) return false;
  const person = cast.personOf(screen);
  return person === to || person === cast.personOf(by);
}
