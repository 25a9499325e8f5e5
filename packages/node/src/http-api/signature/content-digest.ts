import type { Primitives } from '@sotto/protocol/crypto';
import { parseDictionary } from 'structured-headers';

/**
 * Whether Content-Digest fits the body (RFC 9530). One of sha-256 and sha-512 must be there; both must fit when both are.
 * What is not known is passed over.
 */
export function digestFits(primitives: Primitives, header: string, body: Uint8Array): boolean {
  let digests;
  try {
    digests = parseDictionary(header);
  } catch {
    return false;
  }
  let fits = false;
  for (const [name, hash] of [
    ['sha-256', primitives.sha256],
    ['sha-512', primitives.sha512],
  ] as const) {
    const [digest] = digests.get(name) ?? [];
    if (digest === undefined) continue;
    if (!(digest instanceof ArrayBuffer) || !primitives.equal(new Uint8Array(digest), hash(body))) return false;
    fits = true;
  }
  return fits;
}
