import type { Device, EngineApi } from '@sotto/engine/api';
import { describe, expect, it, vi } from 'vitest';
import { nameThisDevice } from './name-this-device.ts';

function engineWith(...devices: Device[]) {
  const renameDevice = vi.fn<EngineApi['renameDevice']>(() => Promise.resolve(devices[0] as Device));
  return { devices: () => Promise.resolve({ devices, canApprove: true }), renameDevice };
}

const device = (number: number, name: string, current: boolean): Device => ({
  device: number,
  name,
  current,
  createdAt: 0,
});

describe('the first name of this device', () => {
  it('is given where it has none, to no other device', async () => {
    const engine = engineWith(device(1, '', false), device(2, '', true));
    await nameThisDevice(engine, () => Promise.resolve('Chrome on Linux'));
    expect(engine.renameDevice).toHaveBeenCalledOnce();
    expect(engine.renameDevice.mock.calls[0]?.[0]).toEqual({ device: 2, name: 'Chrome on Linux' });
  });

  it('does not take the place of one that was chosen', async () => {
    const engine = engineWith(device(1, '', false), device(2, 'Kitchen', true));
    await nameThisDevice(engine, () => Promise.resolve('Chrome on Linux'));
    expect(engine.renameDevice).not.toHaveBeenCalled();
  });
});
