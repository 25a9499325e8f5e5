import type { ClientStore } from '@sotto/engine';
import type { Device } from './device.ts';
import { rowsOf, writeRows } from './disk-image.ts';
import type { EnvelopeWatch } from './envelope-watch.ts';
import type { Journal } from './journal.ts';
import type { RandomSource } from './random-source.ts';

export interface LossParts {
  readonly random: RandomSource;
  readonly journal: Journal;
  readonly watch: EnvelopeWatch;
}

/** All sessions of a device are gone, or one of them. */
export function loseSessions(device: Device, { random, journal }: LossParts): void {
  device.program.kill();
  const disk = device.program.durable;
  const tags = tagsOf(disk);
  const lost = random.chance(0.5) ? tags : tags.slice(0, 1);
  disk.transaction(() => {
    for (const tag of lost) disk.run('DELETE FROM session WHERE tag = ?', tag);
  });
  journal.add({ type: 'sessions-lost', by: device.name });
}

/** @returns what brings the sessions of now back later: all of them or one, as a damaged disk might; null: none yet */
export function rollBackSessions(device: Device, { random, journal }: LossParts): (() => void) | null {
  const rows = rowsOf(device.program.durable, 'session');
  if (rows.length === 0) return null;
  const kept = random.chance(0.5) ? rows : [random.pick(rows as [(typeof rows)[0], ...typeof rows])];
  return () => {
    device.program.kill();
    const disk = device.program.durable;
    disk.transaction(() => writeRows(disk, 'session', kept));
    journal.add({ type: 'sessions-lost', by: device.name });
  };
}

/** @returns what puts the disk of now in the place of a later one; null: the device knows nobody yet */
export function rollBackDisk(device: Device, { watch }: LossParts): (() => void) | null {
  if (!device.isSettled) return null;
  const image = device.image();
  return () => {
    watch.replacing(device);
    device.restore(image);
  };
}

const tagsOf = (disk: ClientStore): Uint8Array[] =>
  disk.all('SELECT tag FROM session ORDER BY tag').map(({ tag }) => tag as Uint8Array);
