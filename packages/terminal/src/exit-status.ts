import type { EngineErrorCode } from '@sotto/engine/api';

/** Exit status by meaning (sysexits.h); part of the stable command line. */
export const EXIT = {
  done: 0,
  failed: 1,
  usage: 64,
  badInput: 65,
  unreachable: 69,
  tryLater: 75,
  notAllowed: 77,
  badConfiguration: 78,
} as const;

const BY_CODE: Readonly<Record<EngineErrorCode, number>> = {
  'bad-input': EXIT.badInput,
  'unknown-contact': EXIT.badInput,
  'not-found': EXIT.badInput,
  'too-long': EXIT.badInput,
  blocked: EXIT.notAllowed,
  unreachable: EXIT.unreachable,
  'try-later': EXIT.tryLater,
  'not-allowed': EXIT.notAllowed,
  'wrong-node': EXIT.notAllowed,
  'disk-full': EXIT.tryLater,
  closed: EXIT.tryLater,
  failed: EXIT.failed,
};

export const exitStatusOf = (code: EngineErrorCode): number => BY_CODE[code];
