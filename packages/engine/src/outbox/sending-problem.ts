/** What a node's refusal, or its silence, means for a message (ENG-6). */
import { IdentityError } from '@sotto/protocol/identity';
import { MailboxError } from '@sotto/protocol/mailbox';
import { RatchetError } from '@sotto/protocol/ratchet';
import { SealedError } from '@sotto/protocol/sealed';
import { RefusalCode, WireError } from '@sotto/protocol/wire';
import { ConnectionError } from '../connection/index.ts';
import type { Problem } from '../history/problems.ts';

export type SendingStep =
  /** Later, by itself. */
  | 'retry'
  /** It will not get better by itself. */
  | 'give-up'
  /** Not with this capability: again without it. */
  | 'without-capability'
  /** Not with this request token: again without it. */
  | 'without-token'
  /** The device is not in the account's list any more: the list is looked up again. */
  | 'no-device';

/** What is presented with a request. */
export type Access = 'capability' | 'token' | 'none';

/** Why something could not be sent now. */
export class SendingProblem extends Error {
  readonly problem: Problem;
  readonly step: SendingStep;
  /** Not before; 0: as the backoff says. */
  readonly retryMs: number;
  /** The node may have taken it all the same. */
  readonly uncertain: boolean;
  /** Nothing of it can have reached the recipient. */
  readonly certain: boolean;

  constructor(
    problem: Problem,
    step: SendingStep,
    more: { retryMs?: number; uncertain?: boolean; certain?: boolean; cause?: unknown } = {},
  ) {
    super(problem, more.cause === undefined ? undefined : { cause: more.cause });
    this.name = 'SendingProblem';
    this.problem = problem;
    this.step = step;
    this.retryMs = more.retryMs ?? 0;
    this.uncertain = more.uncertain ?? false;
    this.certain = more.certain ?? false;
  }
}

/**
 * @param access what was presented with the request
 * @throws the error itself when it is a fault of ours (store, bug): nothing is wrong with the message then
 */
export function problemOf(error: unknown, access: Access): SendingProblem {
  if (error instanceof SendingProblem) return error;
  if (!(error instanceof ConnectionError)) return ofProtocol(error);
  if (error.refusal !== null) return ofRefusal(error.refusal, error.retryMs, access);
  const uncertain = error.code === 'disconnected' || error.code === 'timeout' || error.code === 'protocol';
  const problem =
    error.code === 'going-away' || error.code === 'busy' || error.code === 'too-many' ? 'busy' : 'unreachable';
  return new SendingProblem(problem, 'retry', { retryMs: error.retryMs, uncertain, cause: error });
}

/** Keys, lists and bundles that are not what they should be; contents that do not fit. */
function ofProtocol(error: unknown): SendingProblem {
  if ((error instanceof MailboxError || error instanceof SealedError) && error.code === 'too-long') {
    return new SendingProblem('too-long', 'give-up', { certain: true, cause: error });
  }
  const foreign = [IdentityError, RatchetError, SealedError, WireError];
  if (foreign.some((kind) => error instanceof kind)) {
    return new SendingProblem('bad-keys', 'give-up', { certain: true, cause: error });
  }
  throw error;
}

function ofRefusal(code: RefusalCode, retryMs: number, access: Access): SendingProblem {
  switch (code) {
    case RefusalCode.BUSY:
    case RefusalCode.NOT_HOME:
      return new SendingProblem('busy', 'retry', { retryMs });
    case RefusalCode.QUOTA:
      return new SendingProblem('mailbox-full', 'retry', { retryMs });
    case RefusalCode.DISK_FULL:
      return new SendingProblem('node-disk-full', 'retry', { retryMs });
    case RefusalCode.NO_MAILBOX:
      return new SendingProblem('no-mailbox', 'give-up', { certain: true });
    case RefusalCode.NO_DEVICE:
      return new SendingProblem('no-device', 'no-device', { certain: true });
    case RefusalCode.NOT_ATTACHED:
      return new SendingProblem('not-here', 'give-up', { certain: true });
    case RefusalCode.NOT_DELIVERED:
      return new SendingProblem('left', 'give-up');
    case RefusalCode.BAD_ENVELOPE:
      return new SendingProblem('clock', 'give-up', { certain: true });
    case RefusalCode.TOKEN_USED:
      return new SendingProblem('not-allowed', access === 'token' ? 'without-token' : 'give-up');
    case RefusalCode.NOT_ALLOWED:
      if (access === 'capability') return new SendingProblem('not-allowed', 'without-capability');
      return new SendingProblem('not-allowed', access === 'token' ? 'without-token' : 'give-up', { certain: true });
    case RefusalCode.UNSUPPORTED:
    case RefusalCode.BAD_KEYS:
    case RefusalCode.REFUSAL_CODE_UNSPECIFIED:
    default:
      return new SendingProblem('unsupported', 'give-up');
  }
}
