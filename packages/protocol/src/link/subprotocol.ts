import { parseSuite, suiteName, type Suite } from '../noise/index.ts';

const PREFIX = 'sotto.1.';

/** The WebSocket subprotocol by which a client learns a node's descriptor: one message, then close 1000. */
export const DESCRIPTOR_SUBPROTOCOL = `${PREFIX}descriptor`;

/** The WebSocket subprotocol of a suite: `sotto.1.Noise_XX_25519_ChaChaPoly_SHA256`. */
export const subprotocolOf = (suite: Suite): string => PREFIX + suiteName(suite);

/** @returns null for what is not spoken here */
export function parseSubprotocol(text: string): Suite | 'descriptor' | null {
  if (text === DESCRIPTOR_SUBPROTOCOL) return 'descriptor';
  return text.startsWith(PREFIX) ? parseSuite(text.slice(PREFIX.length)) : null;
}
