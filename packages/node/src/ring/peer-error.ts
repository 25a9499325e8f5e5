import { RefusalCode } from '@sotto/protocol/wire';

/**
 * - `down`: the peer is not reached, or the link ended before it answered
 * - `time-out`: it did not answer in time
 * - `busy`: too much is under way to it already
 * - `refused`: it answered with a refusal
 */
export type PeerErrorCode = 'down' | 'time-out' | 'busy' | 'refused';

/** A request to another node that failed. */
export class PeerError extends Error {
  readonly code: PeerErrorCode;
  /** With `refused`. */
  readonly refusal: RefusalCode;
  /** 0: the peer named no time. */
  readonly retryMs: number;

  constructor(code: PeerErrorCode, refusal: RefusalCode = RefusalCode.REFUSAL_CODE_UNSPECIFIED, retryMs = 0) {
    super(`the other node: ${code}`);
    this.name = 'PeerError';
    this.code = code;
    this.refusal = refusal;
    this.retryMs = retryMs;
  }
}
