/** How calls of a store cross to the process that has it. What happens for each message is packed, the rest is not. */
import type { RelayStore } from '../store/relay-store.ts';

/** Entries of a BatchChannel: u32 number | u8 packed or other | the call; u32 number | u8 whether it went well | the answer. */
export const STORE_CALL = 1;
export const STORE_ANSWER = 2;

export const PACKED = 0;
export const OTHER = 1;

/** The rare verbs, by the number that names them. */
export const OTHER_VERBS = [
  'publishKeys',
  'heads',
  'keyCounts',
  'claimBundles',
  'access',
  'setAccess',
  'compareState',
  'tokenIsValid',
  'expire',
  'partitions',
  'digests',
  'inventory',
  'read',
  'discard',
  'accountRecord',
  'saveAccount',
] as const satisfies readonly (keyof RelayStore)[];

export type OtherVerb = (typeof OTHER_VERBS)[number];
