import type { Random } from '../../ports.ts';

/** What getRandomValues() gives at once, at most (https://www.w3.org/TR/webcrypto-2/#Crypto-method-getRandomValues). */
const QUOTA = 65_536;

/** The browser's generator. */
export const webRandom: Random = (length) => {
  const bytes = new Uint8Array(length);
  for (let at = 0; at < length; at += QUOTA) crypto.getRandomValues(bytes.subarray(at, at + QUOTA));
  return bytes;
};
