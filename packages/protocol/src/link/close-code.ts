/** Why a link is closed: a code of the private range of RFC 6455, section 7.4.2. */
export type CloseReason =
  | 'malformed'
  | 'handshake'
  | 'notAllowed'
  | 'timeOut'
  | 'replaced'
  | 'tooLarge'
  | 'unsupported'
  | 'tooMany'
  | 'goingAway';

export interface Close {
  readonly code: number;
  /** For the close frame: short, for people, the same for everybody. */
  readonly text: string;
  /** Whether the same peer may try the same again later. */
  readonly retry: boolean;
}

export const CLOSE: Readonly<Record<CloseReason, Close>> = {
  malformed: { code: 4400, text: 'malformed message', retry: false },
  handshake: { code: 4401, text: 'handshake failed', retry: false },
  notAllowed: { code: 4403, text: 'not allowed', retry: false },
  timeOut: { code: 4408, text: 'time-out', retry: true },
  replaced: { code: 4409, text: 'this device is attached elsewhere', retry: false },
  tooLarge: { code: 4413, text: 'message too large', retry: false },
  unsupported: { code: 4426, text: 'version or suite not supported', retry: false },
  tooMany: { code: 4429, text: 'too many links or messages', retry: true },
  goingAway: { code: 4503, text: 'going away, come back', retry: true },
};

const byCode = new Map<number, Close>(Object.values(CLOSE).map((close) => [close.code, close]));

/** What a received close code means. @returns null for codes that are not Sotto's: a plain loss of connection */
export const closeOf = (code: number): Close | null => byCode.get(code) ?? null;
