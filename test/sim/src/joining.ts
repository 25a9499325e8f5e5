import { linkDevice } from '@sotto/engine';
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
