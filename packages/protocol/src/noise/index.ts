export { NoiseError, type NoiseErrorCode } from './noise-error.ts';
export { NoiseHandshake, type KeyPair, type NoiseHandshakeOptions } from './noise-handshake.ts';
export { NoiseTransport, REKEY_INTERVAL } from './noise-transport.ts';
export { PATTERNS, type HandshakePattern, type NoisePattern, type NoiseToken } from './patterns.ts';
export { parseSuite, SUITES, suiteName, usesPsk, type NoiseCipher, type NoiseProtocol, type Suite } from './suite.ts';
