import { linkDevice, restoreProfile } from '@sotto/engine';
import { AGAIN_MS, type ProgramParts } from './client-program.ts';
import { Device } from './device.ts';
import type { Person } from './person.ts';

/** One more device for this person: it shows a code, which the first one is given to approve of. */
export function joiningDevice(person: Person, parts: Omit<ProgramParts, 'join'>): Device {
  const { name, nodeUrl } = parts;
  const device = new Device(person, {
    ...parts,
    join: async (platform, process) => {
      const given = new AbortController();
      // A code that was refused is thrown away, and the person begins again.
      const giveUp = (): void => void process.clock.after(AGAIN_MS, () => given.abort());
      await linkDevice(platform, {
        node: nodeUrl,
        name,
        onCode: (code) => process.run(() => person.first.approve(code, name, giveUp)),
        onProgress: () => undefined,
        signal: given.signal,
      });
    },
  });
  person.devices.push(device);
  return device;
}

/** A new machine for this person, with everything that a backup of the first device holds: a device of its own. */
export function restoredDevice(person: Person, backup: Uint8Array, parts: Omit<ProgramParts, 'join'>): Device {
  const device = new Device(person, {
    ...parts,
    join: async (platform) => {
      let at = 0;
      const read = (length: number): Promise<Uint8Array> =>
        Promise.resolve(Uint8Array.from(backup.subarray(at, (at = Math.min(backup.length, at + length)))));
      const options = { total: 0, revokeOthers: false, phrase: null, node: null, onProgress: () => undefined };
      await restoreProfile(platform, { read }, { ...options, passphrase: BACKUP_PASSPHRASE, signal: null });
    },
  });
  person.devices.push(device);
  return device;
}

export const BACKUP_PASSPHRASE = new TextEncoder().encode('correct horse battery staple');
