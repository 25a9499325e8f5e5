import type { ClientStore, Message } from '@sotto/engine';
import type { ShownRow } from './history-events.ts';
import type { Person } from './person.ts';

/** A message as the screen of one of the person's devices shows it. @param disk of that device */
export function rowOf({ id, position, content, outgoing }: Message, disk: ClientStore, person: Person): ShownRow {
  const own = outgoing ? { own: true as const } : {};
  if ('text' in content) return { kind: 'text', position, id, text: content.text, ...own };
  if ('gap' in content) return { kind: 'gap', position, missing: content.gap, ...whose(position, disk, person) };
  return { kind: 'undecryptable' in content ? 'undecryptable' : 'unknown', position, id };
}

/** Whose messages are missing there: nobody is told, so it is read from the disk. */
function whose(position: number, disk: ClientStore, person: Person): { of?: string } {
  const row = disk.get('SELECT contact, device FROM message WHERE position = ?', position);
  if (row === undefined) return {};
  const [partner, ...more] = person.others;
  if (partner === undefined || more.length > 0) return {};
  const device = partner.devices.find(({ number }) => number === Number(row['device']));
  return device === undefined ? {} : { of: device.name };
}
