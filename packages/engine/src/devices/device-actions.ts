/** What a person does with the devices of the account: the methods of the API. */
import type { Device } from '../api.ts';
import { EngineError } from '../api.ts';
import { readLinkCode } from './link-approval.ts';
import { checkName } from '../contacts/recipients.ts';
import type { EngineParts } from '../engine-parts.ts';
import { say } from '../sentences/say.ts';

export function listDevices({ own, ownSide }: EngineParts): { devices: Device[]; canApprove: boolean } {
  const devices = own.deviceList.devices.map(({ device, createdAt }) => ({
    device,
    name: ownSide.names.of(device),
    current: device === own.device.device,
    createdAt,
  }));
  return { devices, canApprove: ownSide.devices.canApprove };
}

/** @throws EngineError('not-found') */
function deviceOf(parts: EngineParts, device: number): Device {
  const found = listDevices(parts).devices.find((entry) => entry.device === device);
  if (found === undefined) throw new EngineError('not-found', say('device-unknown', { device }));
  return found;
}

/** @throws EngineError('bad-input') */
export function describeLink({ timers }: EngineParts, text: string): { node: string; expires: number } {
  const { route, expires } = readLinkCode(text, timers.now());
  return { node: route.urls[0] ?? '', expires: expires * 1000 };
}

/** @throws EngineError */
export async function approveLink(
  parts: EngineParts,
  { code, history = true, name, phrase }: { code: string; history?: boolean; name?: string; phrase?: string },
): Promise<Device> {
  const checked = name === undefined ? undefined : checkName(name);
  const device = await parts.ownSide.approve({ code, history, name: checked, phrase });
  return deviceOf(parts, device);
}

/** @throws EngineError('not-found' | 'bad-input') */
export function renameDevice(parts: EngineParts, device: number, name: string): Device {
  const { database, ownSide, timers } = parts;
  deviceOf(parts, device);
  const checked = checkName(name);
  database.transaction(() => {
    ownSide.names.rename(device, checked, timers.now());
    ownSide.sync.devicesChanged();
  });
  return deviceOf(parts, device);
}

/** @throws EngineError */
export async function revokeDevice(
  parts: EngineParts,
  device: number,
  phrase: string | undefined,
): Promise<{ devices: Device[]; canApprove: boolean }> {
  deviceOf(parts, device);
  await parts.ownSide.revoke(device, phrase);
  return listDevices(parts);
}

export function cancelHistory({ database, ownSide }: EngineParts, device: number): { cancelled: number } {
  return { cancelled: database.transaction(() => ownSide.archive.cancel(device)) };
}
