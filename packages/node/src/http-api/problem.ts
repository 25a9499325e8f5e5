import { RefusalCode } from '@sotto/protocol/wire';

interface ProblemText {
  readonly status: number;
  readonly title: string;
  /** What whoever asked can do about it. */
  readonly advice: string;
}

/** Everything that can go wrong, by the last word of its `type` (HTTP-4). Codes stay; texts may become better. */
export const PROBLEMS = {
  'bad-request': {
    status: 400,
    title: 'The request has another shape than is documented.',
    advice: 'Compare it with the reference page at /v1.',
  },
  'bad-digest': {
    status: 400,
    title: 'Content-Digest does not fit the body.',
    advice: 'Send sha-256 (or sha-512) of exactly the bytes of the body, as RFC 9530 says.',
  },
  'signature-missing': {
    status: 401,
    title: 'This request must be signed by a device.',
    advice: 'Sign it as Accept-Signature says (RFC 9421, Ed25519).',
  },
  'signature-malformed': {
    status: 401,
    title: 'The signature cannot be read, or does not cover enough.',
    advice: 'Cover what Accept-Signature names, each once and without parameters, with created, nonce, keyid and tag.',
  },
  'signature-invalid': {
    status: 401,
    title: 'The signature does not hold.',
    advice: 'Sign the signature base of exactly this request with the signing key of the device that keyid names.',
  },
  'signature-stale': {
    status: 401,
    title: 'The signature was made at another time than now.',
    advice: 'Sign again; `now` is the time of the node in seconds.',
  },
  'signature-replayed': {
    status: 401,
    title: 'The nonce was used before.',
    advice: 'Sign each request anew, with a nonce of its own.',
  },
  'wrong-node': {
    status: 401,
    title: 'The request is signed for another node.',
    advice: 'Put the id of this node into Sotto-Node, once you are sure that it is the one you mean.',
  },
  'unknown-device': {
    status: 401,
    title: "The device is not in its account's list here.",
    advice: 'Upload its keys first, together with a device list that names it.',
  },
  'not-allowed': {
    status: 403,
    title: 'Not allowed.',
    advice: 'The capability is wrong or no longer valid: ask its owner for the current one.',
  },
  'token-used': {
    status: 403,
    title: 'The request token was used before, or is unknown.',
    advice: 'Ask for a new invitation, or send without it.',
  },
  'private-room': {
    status: 403,
    title: 'This node is a private room.',
    advice: "Who enters must prove to have the room's key, which only the encrypted link can do: use a WebSocket.",
  },
  'live-node': {
    status: 403,
    title: 'This node keeps nothing.',
    advice: 'It only passes on between clients that are connected: use a WebSocket.',
  },
  'not-found': {
    status: 404,
    title: 'There is nothing at this path.',
    advice: 'The reference page at /v1 lists what there is.',
  },
  'unknown-version': { status: 404, title: 'This node does not speak that version.', advice: 'It speaks /v1.' },
  'no-account': {
    status: 404,
    title: 'Nobody of that key has keys here.',
    advice: 'Look up where the account is at home.',
  },
  'no-device': { status: 404, title: 'The account has no such device.', advice: 'Look its device list up again.' },
  'method-not-allowed': { status: 405, title: 'The path has no such method.', advice: 'Allow lists what it has.' },
  replaced: {
    status: 409,
    title: 'The device waits elsewhere.',
    advice: 'A newer poll or link of this device took its place: keep to one.',
  },
  older: { status: 409, title: 'What is held is not older.', advice: 'Sign again with a time later than `at`.' },
  'mailbox-full': { status: 409, title: 'The mailbox is full.', advice: 'Try again when its owner has been there.' },
  'too-large': { status: 413, title: 'The body is too large.', advice: 'GET /v1/limits says how large it may be.' },
  'unsupported-media-type': {
    status: 415,
    title: 'The body must be JSON.',
    advice: 'Send Content-Type: application/json.',
  },
  'not-home': {
    status: 421,
    title: 'This node is no home of that mailbox.',
    advice: 'Look the ring up again: GET /v1/ring.',
  },
  'bad-envelope': {
    status: 422,
    title: 'The envelope is out of range.',
    advice: 'GET /v1/limits says which sizes and expiries there are.',
  },
  'bad-keys': {
    status: 422,
    title: 'The keys do not hold.',
    advice: 'A signature or shape is wrong, the device list goes back, or the first upload lacks it.',
  },
  'too-many': { status: 429, title: 'Too many requests.', advice: 'Wait as long as Retry-After says.' },
  internal: { status: 500, title: 'The node failed.', advice: 'Try again; if it stays so, tell the operator.' },
  unsupported: { status: 501, title: 'This node does not do that.', advice: 'Use another node.' },
  busy: { status: 503, title: 'The node is busy.', advice: 'Wait as long as Retry-After says.' },
  'going-away': {
    status: 503,
    title: 'The node is about to stop.',
    advice: 'Come back after Retry-After, or go to another node.',
  },
  'disk-full': { status: 507, title: 'The disk of the node is full.', advice: 'Use another node, or try again later.' },
} as const satisfies Record<string, ProblemText>;

export type ProblemCode = keyof typeof PROBLEMS;

/** Members beside those of RFC 9457. */
export interface ProblemExtras {
  readonly retryMs?: number;
  /** The node's time, s since 1970. */
  readonly now?: number;
  /** Of `older`, ms since 1970. */
  readonly at?: number;
  /** What exactly; never anything secret, nor what was sent. */
  readonly detail?: string;
  /** Receipts that came, though not enough. */
  readonly receipts?: readonly object[];
  /** Versions that are spoken. */
  readonly versions?: readonly string[];
}

/** An answer that is no success (RFC 9457). */
export class ApiProblem extends Error {
  readonly code: ProblemCode;
  readonly extras: ProblemExtras;

  constructor(code: ProblemCode, extras: ProblemExtras = {}) {
    super(PROBLEMS[code].title);
    this.name = 'ApiProblem';
    this.code = code;
    this.extras = extras;
  }

  get status(): number {
    return PROBLEMS[this.code].status;
  }

  /** As `application/problem+json`. */
  body(): object {
    const { status, title, advice } = PROBLEMS[this.code];
    const { detail, ...rest } = this.extras;
    return {
      type: `/v1#${this.code}`,
      title,
      status,
      detail: detail === undefined ? advice : `${detail} ${advice}`,
      code: this.code,
      ...rest,
    };
  }
}

const OF_REFUSAL: Readonly<Partial<Record<RefusalCode, ProblemCode>>> = {
  [RefusalCode.BUSY]: 'busy',
  [RefusalCode.QUOTA]: 'mailbox-full',
  [RefusalCode.NOT_ALLOWED]: 'not-allowed',
  [RefusalCode.NO_MAILBOX]: 'no-account',
  [RefusalCode.BAD_ENVELOPE]: 'bad-envelope',
  [RefusalCode.DISK_FULL]: 'disk-full',
  [RefusalCode.TOKEN_USED]: 'token-used',
  [RefusalCode.UNSUPPORTED]: 'unsupported',
  [RefusalCode.BAD_KEYS]: 'bad-keys',
  [RefusalCode.NO_DEVICE]: 'no-device',
  [RefusalCode.NOT_HOME]: 'not-home',
  [RefusalCode.OLDER]: 'older',
};

/** What a link calls a refusal. */
export const problemOf = (code: RefusalCode): ProblemCode => OF_REFUSAL[code] ?? 'internal';
