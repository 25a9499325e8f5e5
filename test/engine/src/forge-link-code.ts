import { encodeLinkCode, parseLinkCode } from '@sotto/protocol/identity';

/** The same code with another secret: what somebody makes who knows where the new device waits. */
export function forgeSecret(code: string, nowMs: number): string {
  const parsed = parseLinkCode(code, nowMs);
  return encodeLinkCode({ ...parsed, secret: parsed.secret.map((byte) => byte ^ 1) });
}
