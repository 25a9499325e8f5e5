import { Cast } from './cast.ts';
import type { HistoryEvent } from './history-events.ts';
import type { Violation } from './history-checker.ts';

/** HIST-6 to HIST-9, HIST-12, HIST-15: the disk of the node against what people are told and keep. */
export function checkEnvelopes(events: readonly HistoryEvent[]): Violation[] {
  const watched = events.some(({ type }) => type === 'stored' || type === 'acknowledged');
  if (!watched) return [];
  const violations: Violation[] = [];
  const cast = new Cast();
  const onDisk = new Set<string>();
  const acknowledged = new Set<string>();
  /** By content and screen. */
  const envelopes = new Map<string, Set<string>>();
  /** People who were shown a gap, of others: they ask for contents again, which are encrypted anew then. */
  const asked = new Set<string>();
  /** Screens that changed or took back what they wrote: what is under way then is kept no longer. */
  const changing = new Set<string>();
  const unlisted = new Set<string>();
  /** Senders of envelopes that cannot be told apart any more. */
  const unknown = new Set<string>();
  for (const [at, event] of events.entries()) {
    cast.follow(event);
    const report = (rule: Violation['rule'], text: string): void => void violations.push({ rule, at, text });
    switch (event.type) {
      case 'shown':
      case 'history':
        for (const row of event.type === 'shown' ? [event.row] : event.rows) {
          if (row.kind === 'gap' || row.kind === 'undecryptable')
            asked.add(pairOf(cast.personOf(event.by), event.from));
        }
        break;
      case 'state':
        if (
          (event.state === 'stored' || event.state === 'delivered') &&
          !onDisk.has(event.id) &&
          !unknown.has(event.by) &&
          !unknown.has('anybody')
        ) {
          report('HIST-6 not on the disk', `${event.by} is shown ${event.state} for ${event.id}, which no disk has`);
        }
        break;
      case 'changing':
        changing.add(event.by);
        break;
      case 'unlisted':
        unlisted.add(event.screen);
        break;
      case 'stored': {
        const { envelope, content, by, to } = event;
        if (acknowledged.has(envelope)) {
          report('HIST-7 came back', `envelope ${envelope} is stored as new after it was acknowledged`);
        }
        if (unlisted.has(to)) {
          report('HIST-15 sent to a revoked screen', `envelope ${envelope} is stored for ${to}, which was revoked`);
        }
        if (content === null) {
          // Perhaps any of those that were asked for again: their earlier envelopes may still be under way.
          unknown.add(by ?? 'anybody');
          break;
        }
        const name = `${content} for ${to}`;
        const before = envelopes.get(name) ?? new Set();
        envelopes.set(name, before.add(envelope));
        // Once for a new session: two that write to one another for the first time may both begin one.
        if (before.size > 2 && by !== null && !mayDiffer(by, to)) {
          report('HIST-9 encrypted again', `${name} of ${by} is in the envelopes ${[...before].join(', ')}`);
        }
        onDisk.add(content);
        break;
      }
      case 'taken':
        if (acknowledged.has(event.envelope)) {
          report('HIST-7 came back', `envelope ${event.envelope} is delivered after it was acknowledged`);
        }
        break;
      case 'acknowledged':
        acknowledged.add(event.envelope);
        if (!event.kept) {
          report('HIST-8 acknowledged, not kept', `envelope ${event.envelope} left the node, and nobody has it`);
        }
        break;
      case 'left':
        if (event.count > 0) report('HIST-12 left over', `${event.count} are left in ${event.where}`);
        break;
      default:
        break;
    }
  }
  return violations;

  function mayDiffer(by: string, to: string): boolean {
    const [sender, recipient] = [cast.personOf(by), cast.personOf(to)];
    // Devices of one person ask one another for what they miss, and no screen shows it.
    if (changing.has(by) || sender === recipient) return true;
    return asked.has(pairOf(recipient, sender)) || cast.isShaken(sender) || cast.isShaken(recipient);
  }
}

const pairOf = (asking: string, asked: string): string => `${asking} of ${asked}`;
