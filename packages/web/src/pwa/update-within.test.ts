import { expect, test, vi } from 'vitest';
import { updateWithin } from './update-within.ts';

test('WEB-9: looking for a newer build that hangs or fails is tried again, and given up', async () => {
  const hanging = vi.fn(() => new Promise(() => {}));
  expect(await updateWithin(hanging, 1, [1, 1])).toBe(false);
  expect(hanging).toHaveBeenCalledTimes(3);
  const failing = vi.fn().mockRejectedValueOnce(new TypeError('no network')).mockResolvedValue(undefined);
  expect(await updateWithin(failing, 1000, [1, 1])).toBe(true);
  expect(failing).toHaveBeenCalledTimes(2);
});
