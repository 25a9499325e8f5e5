import type { ClientStore, Message } from '@sotto/engine';
import type { Reaction, ShownRow } from './history-events.ts';
import type { Person } from './person.ts';

/** A message as the screen of one of the person's devices shows it. @param disk of that device */
export function rowOf(message: Message, disk: ClientStore, person: Person): ShownRow {
  const { id, position, content, outgoing } = message;
  const own = outgoing ? { own: true as const } : {};
  if ('text' in content) {
    return {
      kind: 'text',
      position,
      id,
      text: content.text,
      ...own,
      ...reactionsOf(message, person),
      ...endOf(message),
    };
  }
  if ('gap' in content) return { kind: 'gap', position, missing: content.gap, ...whose(position, disk, person) };
  if ('deleted' in content) return { kind: 'deleted', position, id, ...own };
  if ('timer' in content) return { kind: 'timer', position, id };
  return { kind: 'undecryptable' in content ? 'undecryptable' : 'unknown', position, id };
}

function reactionsOf({ reactions = [] }: Message, person: Person): { reactions?: Reaction[] } {
  if (reactions.length === 0) return {};
  const named = reactions.map(({ emoji, from }) => ({ by: nameOf(from, person), emoji }));
  return { reactions: named.sort((a, b) => (a.by < b.by ? -1 : 1)) };
}

function endOf({ expiresAt, disappearAfter = 0 }: Message): { expiresAt?: number } {
  if (expiresAt !== undefined) return { expiresAt };
  return disappearAfter > 0 ? { expiresAt: 0 } : {};
}

const nameOf = (address: string, person: Person): string =>
  [person, ...person.others].find((somebody) => somebody.address === address)?.name ?? 'somebody';

/** Whose messages are missing there: nobody is told, so it is read from the disk. */
function whose(position: number, disk: ClientStore, person: Person): { of?: string } {
  const row = disk.get('SELECT contact, device FROM message WHERE position = ?', position);
  if (row === undefined) return {};
  const [partner, ...more] = person.others;
  if (partner === undefined || more.length > 0) return {};
  const device = partner.devices.find(({ number }) => number === Number(row['device']));
  return device === undefined ? {} : { of: device.name };
}
