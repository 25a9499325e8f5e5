import { Cast } from './cast.ts';
import type { HistoryEvent, ShownState } from './history-events.ts';
import type { Violation } from './history-checker.ts';
import { imageName, isTakenBack, Ledger } from './ledger.ts';

const RANK: Record<ShownState, number> = { waiting: 0, sent: 1, stored: 2, delivered: 3, read: 4, failed: 5 };

/** What the screen on which it was written says of a message. */
interface Told {
  readonly state: ShownState;
  /** The furthest that was ever shown: an acknowledgement is never taken back. */
  readonly best: number;
}

const NOTHING: Told = { state: 'waiting', best: 0 };

/** HIST-5: what people are told of their messages. HIST-13: what should not be. */
export function checkStates(events: readonly HistoryEvent[]): Violation[] {
  const violations: Violation[] = [];
  const ledger = new Ledger();
  const cast = new Cast();
  const told = new Map<string, Told>();
  const images = new Map<string, ReadonlyMap<string, Told>>();
  /** Messages whose words their recipient saw, on any screen. */
  const shown = new Set<string>();
  /** Messages that disappear, and their states with them. */
  const mortal = new Set<string>();
  const of = (by: string): [string, Told][] => [...told].filter(([name]) => name.startsWith(`${by}: `));
  for (const [at, event] of events.entries()) {
    const report = (rule: Violation['rule'], text: string): void => void violations.push({ rule, at, text });
    ledger.follow(event);
    cast.follow(event);
    switch (event.type) {
      case 'resent': {
        const name = nameOf(event);
        if (told.get(name)?.state === 'failed') told.set(name, { ...NOTHING, best: told.get(name)?.best ?? 0 });
        break;
      }
      case 'fault':
        report('HIST-13 internal fault', `${event.by}: ${event.text}`);
        break;
      case 'restarted':
        for (const [name, { state, best }] of of(event.by))
          if (state === 'sent') told.set(name, { state: 'waiting', best });
        break;
      case 'imaged':
        images.set(imageName(event), new Map(of(event.by)));
        break;
      case 'restored':
        for (const [name] of of(event.by)) told.delete(name);
        for (const [name, known] of images.get(imageName(event)) ?? []) told.set(name, known);
        break;
      case 'state': {
        const message = ledger.messages.get(event.id);
        if (message === undefined) break;
        const { by, to } = message;
        const { state, best } = told.get(nameOf(event)) ?? NOTHING;
        if (!mayFollow(state, event.state)) {
          report('HIST-5 state went back', `${event.by} is shown ${event.state} after ${state} for ${event.id}`);
        }
        if (event.state === 'read' && !shown.has(event.id)) {
          report('HIST-5 state went back', `${by} is shown that ${to} read ${event.id}, who was not shown it`);
        }
        const rank = event.state === 'failed' ? 0 : RANK[event.state];
        told.set(nameOf(event), { state: event.state, best: Math.max(best, rank) });
        break;
      }
      case 'shown':
      case 'history':
        for (const row of event.type === 'shown' ? [event.row] : event.rows) {
          if (row.kind === 'text' && row.expiresAt !== undefined) mortal.add(row.id);
          if ((row.kind === 'text' || row.kind === 'deleted') && !('own' in row)) shown.add(row.id);
        }
        break;
      case 'end':
        for (const message of ledger.messages.values()) {
          const { id, by, to, wanted } = message;
          // What its own disk has forgotten is told to nobody any more.
          if (!wanted || cast.isRevoked(by) || mortal.has(id) || isTakenBack(message)) continue;
          if ((told.get(nameOf(message)) ?? NOTHING).best < RANK.delivered && shown.has(id)) {
            report('HIST-11 not delivered', `${to} was shown ${id}; ${by} was never told so`);
          }
        }
        break;
      default:
        break;
    }
  }
  return violations;
}

const nameOf = ({ by, id }: { readonly by: string; readonly id: string }): string => `${by}: ${id}`;

/** Forward only. A message fails only before it is delivered; what failed may turn out to have arrived. */
function mayFollow(from: ShownState, to: ShownState): boolean {
  if (to === 'failed') return RANK[from] < RANK.delivered || from === 'failed';
  if (from === 'failed') return RANK[to] >= RANK.stored;
  return RANK[to] >= RANK[from];
}
