import type { HistoryEvent, ShownState } from './history-events.ts';
import type { Violation } from './history-checker.ts';

const RANK: Record<ShownState, number> = { waiting: 0, sent: 1, stored: 2, delivered: 3, read: 4, failed: 5 };

interface Tracked {
  readonly by: string;
  readonly to: string;
  wanted: boolean;
  state: ShownState;
  /** The furthest that was ever shown: an acknowledgement is never taken back. */
  best: number;
  /** Is on the recipient's screen, words and all. */
  shown: boolean;
}

/** HIST-5, HIST-10, HIST-11: what the senders are told, and whether it became true. HIST-13: what should not be. */
export function checkStates(events: readonly HistoryEvent[]): Violation[] {
  const violations: Violation[] = [];
  const messages = new Map<string, Tracked>();
  const gaps = new Map<string, Set<number>>();
  for (const [at, event] of events.entries()) {
    const report = (rule: Violation['rule'], text: string): void => void violations.push({ rule, at, text });
    switch (event.type) {
      case 'tried': {
        const { id, by, to } = event;
        if (!messages.has(id)) messages.set(id, { by, to, wanted: false, state: 'waiting', best: 0, shown: false });
        break;
      }
      case 'sent': {
        const message = messages.get(event.id);
        if (message !== undefined) message.wanted = true;
        break;
      }
      case 'resent': {
        const message = messages.get(event.id);
        if (message?.state === 'failed') message.state = 'waiting';
        break;
      }
      case 'fault':
        report('HIST-13 internal fault', `${event.by}: ${event.text}`);
        break;
      case 'restarted':
        for (const message of messages.values()) {
          if (message.by === event.by && message.state === 'sent') message.state = 'waiting';
        }
        break;
      case 'state': {
        const message = messages.get(event.id);
        if (message === undefined) break;
        const { state, by, to } = message;
        if (!mayFollow(state, event.state)) {
          report('HIST-5 state went back', `${by} is shown ${event.state} after ${state} for ${event.id}`);
        }
        if (event.state === 'read' && !message.shown) {
          report('HIST-5 state went back', `${by} is shown that ${to} read ${event.id}, who was not shown it`);
        }
        message.state = event.state;
        if (event.state !== 'failed') message.best = Math.max(message.best, RANK[event.state]);
        break;
      }
      case 'shown':
      case 'history': {
        const rows = event.type === 'shown' ? [event.row] : event.rows;
        const name = `${event.from} to ${event.by}`;
        const open = event.type === 'history' ? new Set<number>() : (gaps.get(name) ?? new Set<number>());
        gaps.set(name, open);
        for (const row of rows) {
          const message = row.kind === 'gap' ? undefined : messages.get(row.id);
          if (message !== undefined && row.kind === 'text') message.shown = true;
          if (row.kind === 'text' || (row.kind === 'gap' && row.missing === 0)) open.delete(row.position);
          else open.add(row.position);
        }
        break;
      }
      case 'end':
        for (const [id, message] of messages) {
          const { best, shown, wanted, by, to } = message;
          if (best >= RANK.stored && !shown) {
            report('HIST-10 acknowledged, not shown', `${by} was told that ${id} is kept; ${to} was never shown it`);
          } else if (wanted && !shown) {
            report('HIST-11 not delivered', `${by} sent ${id}; ${to} was never shown it`);
          } else if (wanted && best < RANK.delivered) {
            report('HIST-11 not delivered', `${to} was shown ${id}; ${by} was never told so`);
          }
        }
        for (const [name, open] of gaps) {
          for (const position of open) {
            report('HIST-11 not delivered', `${name}: a gap or a placeholder is left at ${position}`);
          }
        }
        break;
      default:
        break;
    }
  }
  return violations;
}

/** Forward only. A message fails only before it is delivered; what failed may turn out to have arrived. */
function mayFollow(from: ShownState, to: ShownState): boolean {
  if (to === 'failed') return RANK[from] < RANK.delivered || from === 'failed';
  if (from === 'failed') return RANK[to] >= RANK.stored;
  return RANK[to] >= RANK[from];
}
