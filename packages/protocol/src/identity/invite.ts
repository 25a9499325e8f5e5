import { base64urlnopad } from '@scure/base';
import { create, decodeInvite, encode, InviteSchema, MAX_NAME } from '../wire/index.ts';
import { be32, concat, sameBytes } from '../crypto/index.ts';
import { parseAddress } from './address.ts';
import { crc32 } from './crc32.ts';
import { IdentityError } from './identity-error.ts';
import { checkRoute, type Route } from './route.ts';
import { decodeStatement, requireLength } from './statement.ts';

const VERSION = 1;
const NAME = 'The invite';
const MARK = '/#/add/';
const MAX_TEXT_LENGTH = 4096;

/** What a link tells about the one who invites. Everything but the account is a hint that can grow old. */
export interface Invite {
  /** Account key, 32 B. */
  readonly account: Uint8Array;
  readonly route: Route;
  /** What the inviter calls itself; may be empty. */
  readonly name: string;
  /** 16 B, single use: lifts a stranger's first message out of the strangers' lane. */
  readonly requestToken: Uint8Array | null;
  /** 32 B, pre-shared key of a private room. Secret. */
  readonly psk: Uint8Array | null;
}

/**
 * The link of an invite: `https://node/#/add/<base64url of Invite | CRC-32>`. All of it is behind `#`, so no server sees it.
 * @param baseUrl http(s):// address of a web client, or ws(s):// address of a node, which serves one
 * @throws IdentityError('malformed' | 'bad-url' | 'bad-invite')
 */
export function encodeInvite(invite: Invite, baseUrl: string): string {
  requireInvite(invite);
  const base = /^(?:http|ws)(s?):\/\/([^\s?#]+?)\/*$/i.exec(baseUrl);
  if (base === null) throw new IdentityError('bad-url', 'An invite link needs an "https://" or "http://" address.');
  const encoded = encode(
    InviteSchema,
    create(InviteSchema, {
      version: VERSION,
      account: invite.account,
      route: { network: invite.route.network, node: invite.route.node, urls: [...invite.route.urls] },
      name: invite.name,
      requestToken: invite.requestToken ?? new Uint8Array(0),
      psk: invite.psk ?? new Uint8Array(0),
    }),
  );
  return `http${base[1]}://${base[2]}${MARK}${base64urlnopad.encode(concat(encoded, be32(crc32(encoded))))}`;
}

/**
 * Reads a whole link, or the base64url part alone, with white space around it.
 * @throws IdentityError('bad-invite' | 'unknown-version' | 'malformed' | 'bad-url'); the text never repeats the link
 */
export function parseInvite(text: string): Invite {
  const trimmed = text.trim();
  if (trimmed === '') throw bad('The invite is empty.');
  if (trimmed.length > MAX_TEXT_LENGTH) throw bad('The invite is too long.');
  const encoded = withoutChecksum(decodeBase64Url(payloadOf(trimmed)));
  const message = decodeStatement(decodeInvite, encoded, NAME);
  if (message.route === undefined) throw bad('The invite does not say where its sender is reached.');
  const invite: Invite = {
    account: message.account,
    route: checkRoute(message.route),
    name: message.name,
    requestToken: message.requestToken.length === 0 ? null : message.requestToken,
    psk: message.psk.length === 0 ? null : message.psk,
  };
  requireInvite(invite);
  return invite;
}

function payloadOf(text: string): string {
  if (!text.includes('/') && !text.includes('#') && !text.includes(':')) return text;
  if (!/^https?:\/\//i.test(text)) throw bad('An invite link begins with "https://" or "http://".');
  const mark = text.indexOf('#');
  if (mark < 0) throw bad('The link has no part behind "#": it was cut off, or is not an invite.');
  const route = text.slice(mark - 1);
  if (!route.startsWith(MARK)) throw bad('The link is not an invite: one has "/#/add/" in it.');
  return route.slice(MARK.length);
}

function decodeBase64Url(payload: string): Uint8Array {
  if (payload === '') throw bad('The invite is cut off: nothing follows "/#/add/".');
  try {
    return base64urlnopad.decode(payload);
  } catch {
    throw bad('The invite has a character that does not belong there, or is cut off.');
  }
}

/** Chat programs cut links: without this, half an invite could pass for a whole one that says less. */
function withoutChecksum(payload: Uint8Array): Uint8Array {
  const encoded = payload.subarray(0, Math.max(0, payload.length - 4));
  if (!sameBytes(payload.subarray(encoded.length), be32(crc32(encoded)))) {
    throw bad('The invite is cut off or has a wrong character.');
  }
  return encoded;
}

function requireInvite(invite: Invite): void {
  requireLength(invite.account, 32, "The invite's account key");
  checkRoute(invite.route);
  if (invite.name.length > MAX_NAME) {
    throw bad(`The name in the invite is longer than ${MAX_NAME} characters.`);
  }
  if (invite.requestToken !== null) requireLength(invite.requestToken, 16, "The invite's request token");
  if (invite.psk !== null) requireLength(invite.psk, 32, "The invite's pre-shared key");
}

/** What somebody typed to name another person. */
export type AddressOrInvite =
  | { readonly kind: 'address'; readonly account: Uint8Array }
  | { readonly kind: 'invite'; readonly account: Uint8Array; readonly invite: Invite };

/**
 * Tells an address from an invite and reads it; white space around it does not matter.
 * @throws IdentityError whose text names what is wrong with the one it looks like
 */
export function describeAddressOrInvite(text: string): AddressOrInvite {
  const trimmed = text.trim();
  if (/^did:/i.test(trimmed)) return { kind: 'address', account: parseAddress(trimmed) };
  const invite = parseInvite(trimmed);
  return { kind: 'invite', account: invite.account, invite };
}

const bad = (message: string): IdentityError => new IdentityError('bad-invite', message);
