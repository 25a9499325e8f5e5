import { base64urlnopad } from '@scure/base';
import { create, decodeDeviceCertificateBody, decodeLinkCode, encode, LinkCodeSchema } from '../wire/index.ts';
import { be32, concat, sameBytes } from '../crypto/index.ts';
import { crc32 } from './crc32.ts';
import { requireIdentityKey, type DevicePublicKeys } from './device-certificate.ts';
import { IdentityError } from './identity-error.ts';
import { checkRoute, type Route } from './route.ts';
import { decodeStatement, requireLength, requireSafeInteger } from './statement.ts';

const VERSION = 1;
const NAME = 'The link code';
const MARK = 'sotto-link:';
const MAX_TEXT_LENGTH = 4096;

/**
 * What a new device shows, so that a device of the account can find it, certify its keys, and prove that it saw the
 * code. Secret until it was used: who has it can take the new device into an account of his own.
 */
export interface LinkCode {
  /** Of a throw-away identity under which the new device waits, 32 B. */
  readonly account: Uint8Array;
  readonly route: Route;
  /** Lifts the answer out of the strangers' lane, 16 B. */
  readonly requestToken: Uint8Array;
  /** 16 B. */
  readonly secret: Uint8Array;
  /** To be certified. */
  readonly keys: DevicePublicKeys;
  /** Seconds since 1970. */
  readonly expires: number;
  /** 32 B, pre-shared key of the private room where the new device waits. Secret. */
  readonly psk: Uint8Array | null;
}

/** `sotto-link:<base64url of LinkCode | CRC-32>` (DEV-1). @throws IdentityError('malformed' | 'bad-url') */
export function encodeLinkCode(code: LinkCode): string {
  requireLinkCode(code);
  const { account, route, requestToken, secret, keys, expires, psk } = code;
  const encoded = encode(
    LinkCodeSchema,
    create(LinkCodeSchema, {
      version: VERSION,
      account,
      route: { network: route.network, node: route.node, urls: [...route.urls] },
      requestToken,
      secret,
      identityKey: keys.identityKey,
      signingKey: keys.signingKey,
      linkKey: keys.linkKey,
      expires: BigInt(expires),
      psk: psk ?? new Uint8Array(0),
    }),
  );
  return MARK + base64urlnopad.encode(concat(encoded, be32(crc32(encoded))));
}

/**
 * Reads a code, with or without what stands before the colon; white space and line breaks do not matter.
 * @throws IdentityError('bad-link-code' | 'unknown-version' | 'malformed' | 'bad-url' | 'expired'); the text never repeats it
 */
export function parseLinkCode(text: string, nowMs: number): LinkCode {
  if (text.length > MAX_TEXT_LENGTH) throw bad('The link code is too long.');
  const joined = text.replace(/\s+/g, '');
  if (joined === '') throw bad('The link code is empty.');
  const colon = joined.indexOf(':');
  if (colon >= 0 && joined.slice(0, colon + 1).toLowerCase() !== MARK) {
    throw bad('This is not a link code: one begins with "sotto-link:".');
  }
  const message = decodeStatement(decodeLinkCode, withoutChecksum(joined.slice(colon + 1)), NAME);
  const { account, requestToken, secret, identityKey, signingKey, linkKey, psk, route } = message;
  if (route === undefined) throw bad('The link code does not say where the new device waits.');
  const code: LinkCode = {
    account,
    route: checkRoute(route),
    requestToken,
    secret,
    keys: { identityKey, signingKey, linkKey },
    expires: requireSafeInteger(message.expires, `${NAME}'s time`),
    psk: psk.length === 0 ? null : psk,
  };
  requireLinkCode(code);
  if (nowMs >= code.expires * 1000) {
    throw new IdentityError('expired', 'The link code is too old. Let the new device show another one.');
  }
  return code;
}

/**
 * What a new device signs: a certificate for its own keys and for the account that sent it, nothing else (DEV-3).
 * @param account verified sender of the proposal
 * @returns the device number
 * @throws IdentityError('malformed' | 'unknown-version' | 'wrong-account' | 'wrong-device')
 */
export function checkProposal(body: Uint8Array, account: Uint8Array, keys: DevicePublicKeys): number {
  const proposed = decodeStatement(decodeDeviceCertificateBody, body, 'The proposed certificate');
  if (!sameBytes(proposed.account, account)) {
    throw new IdentityError('wrong-account', 'The proposed certificate is of another account than its sender.');
  }
  const same =
    sameBytes(proposed.identityKey, keys.identityKey) &&
    sameBytes(proposed.signingKey, keys.signingKey) &&
    sameBytes(proposed.linkKey, keys.linkKey);
  if (!same) throw new IdentityError('wrong-device', 'The proposed certificate holds other keys than this device.');
  return proposed.device;
}

function withoutChecksum(text: string): Uint8Array {
  let payload: Uint8Array;
  try {
    payload = base64urlnopad.decode(text);
  } catch {
    throw bad('The link code has a character that does not belong there, or is cut off.');
  }
  const encoded = payload.subarray(0, Math.max(0, payload.length - 4));
  if (!sameBytes(payload.subarray(encoded.length), be32(crc32(encoded)))) {
    throw bad('The link code is cut off or has a wrong character.');
  }
  return encoded;
}

function requireLinkCode({ account, route, requestToken, secret, keys, expires, psk }: LinkCode): void {
  requireLength(account, 32, `${NAME}'s account key`);
  checkRoute(route);
  requireLength(requestToken, 16, `${NAME}'s request token`);
  requireLength(secret, 16, `${NAME}'s secret`);
  requireIdentityKey(keys.identityKey, `${NAME}'s identity key`);
  requireLength(keys.signingKey, 32, `${NAME}'s signing key`);
  requireLength(keys.linkKey, 32, `${NAME}'s link key`);
  if (!Number.isSafeInteger(expires) || expires < 0) {
    throw new IdentityError('malformed', `${NAME}'s time is out of range.`);
  }
  if (psk !== null) requireLength(psk, 32, `${NAME}'s pre-shared key`);
}

const bad = (message: string): IdentityError => new IdentityError('bad-link-code', message);
