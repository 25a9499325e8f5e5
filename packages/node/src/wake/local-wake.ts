import { RefusalCode } from '@sotto/protocol/wire';
import type { Wake } from './wake.ts';

const nothing = (): void => {};
const done = (): Promise<void> => Promise.resolve();

/** One process is the whole node: there is nobody to tell anything. */
export const localWake: Wake = {
  alone: true,
  liveKeys: null,
  join: nothing,
  stored: nothing,
  attached: done,
  detached: nothing,
  accessChanged: nothing,
  keysTaken: nothing,
  live: () => Promise.resolve(false),
  deliver: () => Promise.resolve(RefusalCode.NOT_ATTACHED),
  within: () => Promise.resolve(true),
  takeNonce: () => Promise.resolve(true),
  close: done,
};

/**
 * There may be other edges, and no way to tell them anything: delivery between them waits for the next look at the
 * store.
 */
export const silentWake: Wake = { ...localWake, alone: false };
