const TEXTS = {
  unreachable: 'no node answers there',
  'pre-shared-key': 'the connection fails there; perhaps the pre-shared key is another',
  'wrong-node': 'the node there is not the one the join token names',
  busy: 'the node there is busy',
  'token-needed': 'that node lets nobody in without a join token; "sotto ring invite" prints one there',
  'token-used': 'the join token was used already, or is not known there',
  'token-expired': 'the join token is too old: ask for another one',
  'bad-token': 'the join token is damaged: it was cut or mistyped',
  'not-admitting': 'that node cannot let others in; ask the operator of an older node',
  'bad-answer': 'what the node there answered is not acceptable',
} as const;

export type JoinErrorCode = keyof typeof TEXTS;

/** Why a node could not join. The text follows "cannot join: ". */
export class JoinError extends Error {
  readonly code: JoinErrorCode;
  /** Whether the same may work later, or at another address. */
  readonly retry: boolean;

  constructor(code: JoinErrorCode, options?: ErrorOptions) {
    super(TEXTS[code], options);
    this.name = 'JoinError';
    this.code = code;
    this.retry = code === 'unreachable' || code === 'busy';
  }
}
