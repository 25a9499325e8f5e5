import type { Primitives } from '@sotto/protocol/crypto';
import { sameBytes } from '@sotto/protocol/crypto';
import type { VerifiedCertificate } from '@sotto/protocol/identity';
import { MAX_DEVICE } from '@sotto/protocol/wire';
import { deviceKey } from '../../text-key.ts';
import { bytesOf } from '../base64url.ts';
import { ApiProblem } from '../problem.ts';
import { digestFits } from './content-digest.ts';
import type { ReplayGuard } from './replay-guard.ts';
import { headerOf, type RawRequest, signatureBase } from './signature-base.ts';
import { readSignature, type SignatureInput } from './signature-input.ts';

/** In every signature, so that none of another purpose is taken for one of these. */
const TAG = 'sotto/v1';
export const NODE_HEADER = 'sotto-node';
const ALWAYS = ['@method', '@path', '@query', NODE_HEADER];
const KEY_ID = /^([A-Za-z0-9_-]{43})\.([1-9][0-9]{0,2})$/;
const NONCE = /^[\x21-\x7e]{16,64}$/;
/** What a request must be signed with (RFC 9421, section 5.1). */
export const ACCEPT_SIGNATURE = `sotto=(${[...ALWAYS, 'content-digest'].map((name) => `"${name}"`).join(' ')});created;nonce;keyid;alg="ed25519";tag="${TAG}"`;

export interface Verification {
  readonly primitives: Primitives;
  readonly nodeId: Uint8Array;
  readonly windowSeconds: number;
  /** Signatures of before are of another life of this node, whose nonces are forgotten. */
  readonly startedSeconds: number;
  readonly replays: ReplayGuard;
}

/** What the headers claim; nothing of it is proven. */
export interface Claim {
  readonly account: Uint8Array;
  readonly device: number;
  readonly nonce: string;
  readonly input: SignatureInput;
}

/**
 * What can be said against a signature before its key is known (HTTP-11 to HTTP-13).
 * @param hasBody then the digest must be covered, too
 * @throws ApiProblem
 */
export function readClaim(
  request: RawRequest,
  hasBody: boolean,
  nowMs: number,
  { nodeId, windowSeconds, startedSeconds }: Omit<Verification, 'primitives' | 'replays'>,
): Claim {
  const input = readSignature(headerOf(request, 'signature-input'), headerOf(request, 'signature'), TAG);
  const { components, parameters } = input;
  const missing = [...ALWAYS, ...(hasBody ? ['content-digest'] : [])].find((name) => !components.includes(name));
  if (missing !== undefined) throw new ApiProblem('signature-malformed', { detail: `It does not cover ${missing}.` });
  const [created, expires, nonce, keyId, alg] = ['created', 'expires', 'nonce', 'keyid', 'alg'].map((name) =>
    parameters.get(name),
  );
  const key = typeof keyId === 'string' ? KEY_ID.exec(keyId) : null;
  const account = key === null ? null : bytesOf(key[1]!);
  const device = Number(key?.[2]);
  if (account === null || device > MAX_DEVICE) {
    throw new ApiProblem('signature-malformed', { detail: 'keyid must be ACCOUNT.DEVICE, the account in base64url.' });
  }
  if (typeof nonce !== 'string' || !NONCE.test(nonce)) {
    throw new ApiProblem('signature-malformed', { detail: 'nonce must have 16 to 64 visible characters.' });
  }
  if (alg !== undefined && alg !== 'ed25519') {
    throw new ApiProblem('signature-malformed', { detail: 'The algorithm is ed25519.' });
  }
  if (!isTime(created) || (expires !== undefined && !isTime(expires))) {
    throw new ApiProblem('signature-malformed', { detail: 'created and expires are times in seconds.' });
  }
  const now = Math.floor(nowMs / 1000);
  const isStale =
    Math.abs(created - now) > windowSeconds || created < startedSeconds || (expires !== undefined && expires < now);
  if (isStale) throw new ApiProblem('signature-stale', { now });
  const node = bytesOf(headerOf(request, NODE_HEADER));
  if (node === null || !sameBytes(node, nodeId)) throw new ApiProblem('wrong-node');
  return { account, device, nonce, input };
}

/**
 * Whether the device of this certificate made that request, and made it once.
 * @param take from the rate of the device: nobody alone fills what is remembered of nonces
 * @throws ApiProblem
 */
export function verifyClaim(
  { primitives, replays }: Verification,
  request: RawRequest,
  body: Uint8Array,
  claim: Claim,
  certificate: VerifiedCertificate,
  nowMs: number,
  take: () => boolean,
): void {
  const { account, device, nonce, input } = claim;
  const base = signatureBase(request, input);
  if (!primitives.ed25519.verify(certificate.signingKey, base, input.signature)) {
    throw new ApiProblem('signature-invalid');
  }
  // Covered by the signature whenever it is there.
  if (body.length > 0 && !digestFits(primitives, headerOf(request, 'content-digest'), body)) {
    throw new ApiProblem('bad-digest');
  }
  if (!take()) throw new ApiProblem('too-many', { retryMs: 1000 });
  const taken = replays.take(deviceKey(account, device), nonce, Math.floor(nowMs / 1000));
  if (taken === 'replayed') throw new ApiProblem('signature-replayed');
  if (taken === 'full') throw new ApiProblem('busy', { retryMs: 1000 });
}

const isTime = (value: unknown): value is number => typeof value === 'number' && Number.isSafeInteger(value);
