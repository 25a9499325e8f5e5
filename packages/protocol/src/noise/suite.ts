import { PATTERNS, type HandshakePattern, type NoisePattern } from './patterns.ts';

export type NoiseCipher = 'ChaChaPoly' | 'AESGCM';

/** What two sides agree on before the handshake. DH is always 25519, the hash always SHA256. */
export interface Suite {
  readonly pattern: NoisePattern;
  readonly cipher: NoiseCipher;
}

/** A Noise protocol: its name enters the handshake hash (Noise specification, section 8). */
export interface NoiseProtocol {
  readonly name: string;
  readonly pattern: HandshakePattern;
  readonly cipher: NoiseCipher;
}

const CIPHERS: readonly NoiseCipher[] = ['ChaChaPoly', 'AESGCM'];

/** Every suite, in order of preference within a pattern. */
export const SUITES: readonly Suite[] = (Object.keys(PATTERNS) as NoisePattern[]).flatMap((pattern) =>
  CIPHERS.map((cipher) => ({ pattern, cipher })),
);

/** For example `Noise_XX_25519_ChaChaPoly_SHA256`. */
export const suiteName = (suite: Suite): string => `Noise_${suite.pattern}_25519_${suite.cipher}_SHA256`;

/** @returns null when the name is not one of SUITES */
export const parseSuite = (name: string): Suite | null => SUITES.find((suite) => suiteName(suite) === name) ?? null;

export const protocolOf = (suite: Suite): NoiseProtocol => ({
  name: suiteName(suite),
  pattern: PATTERNS[suite.pattern],
  cipher: suite.cipher,
});

export const usesPsk = (suite: Suite): boolean => suite.pattern.endsWith('psk2');
