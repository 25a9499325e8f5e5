/** Noise specification, revision 34, sections 7.1 (tokens) and 9.1 (psk). */
export type NoiseToken = 'e' | 's' | 'ee' | 'es' | 'se' | 'ss' | 'psk';

/**
 * A handshake pattern (section 7.1): the static keys known beforehand, then the tokens of each message. The
 * initiator writes the first message, and the sides take turns.
 */
export interface HandshakePattern {
  readonly initiatorStaticKnown: boolean;
  readonly responderStaticKnown: boolean;
  readonly messages: readonly (readonly NoiseToken[])[];
}

/** The patterns links use. */
export type NoisePattern = 'XX' | 'XXpsk2' | 'NK' | 'NKpsk2';

/** Section 7.5, and 9.4 for psk2: the psk token ends the second message. */
export const PATTERNS: Readonly<Record<NoisePattern, HandshakePattern>> = {
  XX: {
    initiatorStaticKnown: false,
    responderStaticKnown: false,
    messages: [['e'], ['e', 'ee', 's', 'es'], ['s', 'se']],
  },
  XXpsk2: {
    initiatorStaticKnown: false,
    responderStaticKnown: false,
    messages: [['e'], ['e', 'ee', 's', 'es', 'psk'], ['s', 'se']],
  },
  NK: {
    initiatorStaticKnown: false,
    responderStaticKnown: true,
    messages: [
      ['e', 'es'],
      ['e', 'ee'],
    ],
  },
  NKpsk2: {
    initiatorStaticKnown: false,
    responderStaticKnown: true,
    messages: [
      ['e', 'es'],
      ['e', 'ee', 'psk'],
    ],
  },
};
