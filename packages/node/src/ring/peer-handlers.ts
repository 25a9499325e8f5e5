import type { RefusalCode } from '@sotto/protocol/wire';
import type { PeerBody, PeerBodyCase, PeerValueOf } from './peer-body.ts';
import type { PeerLink } from './peer-link.ts';

/** The answer to one frame of another node; at most one of both is called, once. */
export interface PeerReply {
  /** false: nobody waits for an answer, and both do nothing. */
  readonly wanted: boolean;
  answer(body: PeerBody): void;
  refuse(code: RefusalCode, retryMs?: number): void;
}

/** May throw: the link is then closed, and nothing else happens. Bytes in `value` are views of the message: copy what stays. */
export type PeerHandler<Case extends PeerBodyCase> = (
  from: PeerLink,
  value: PeerValueOf<Case>,
  reply: PeerReply,
) => void;

/** Who answers what other nodes say. Kinds without a handler are refused with UNSUPPORTED. */
export class PeerHandlers {
  readonly #handlers = new Map<PeerBodyCase, PeerHandler<PeerBodyCase>>();

  /** One handler for each kind: a later one takes the place of the earlier. */
  serve<Case extends PeerBodyCase>(kind: Case, handler: PeerHandler<Case>): void {
    this.#handlers.set(kind, handler as unknown as PeerHandler<PeerBodyCase>);
  }

  /** @returns false when nobody serves this kind */
  handle(from: PeerLink, body: PeerBody, reply: PeerReply): boolean {
    const handler = this.#handlers.get(body.case);
    if (handler === undefined) return false;
    handler(from, body.value, reply);
    return true;
  }
}
