import { describe, expect, it } from 'vitest';
import { SUITES } from '../noise/index.ts';
import { CLOSE, closeOf, DESCRIPTOR_SUBPROTOCOL, parseSubprotocol, subprotocolOf } from './index.ts';

describe('subprotocols', () => {
  it('LINK-1: every suite has one, of characters that a WebSocket subprotocol may have', () => {
    for (const suite of SUITES) {
      expect(subprotocolOf(suite)).toMatch(/^sotto\.1\.Noise_[A-Za-z0-9_]+$/);
      expect(parseSubprotocol(subprotocolOf(suite))).toEqual(suite);
    }
    expect(parseSubprotocol(DESCRIPTOR_SUBPROTOCOL)).toBe('descriptor');
    expect(DESCRIPTOR_SUBPROTOCOL).toBe('sotto.1.descriptor');
  });

  it('LINK-1: anything else is not spoken', () => {
    const name = 'Noise_XX_25519_AESGCM_SHA256';
    for (const text of [
      '',
      'sotto.1.',
      name,
      `sotto.2.${name}`,
      `sotto.1.${name} `,
      'sotto.1.Noise_NN_25519_AESGCM_SHA256',
    ]) {
      expect(parseSubprotocol(text)).toBeNull();
    }
  });
});

describe('close codes', () => {
  it('LINK-9: each is of the private range, short, and found again', () => {
    for (const close of Object.values(CLOSE)) {
      expect(close.code).toBeGreaterThanOrEqual(4000);
      expect(close.code).toBeLessThan(5000);
      expect(Buffer.byteLength(close.text)).toBeLessThanOrEqual(120);
      expect(closeOf(close.code)).toBe(close);
    }
    expect(new Set(Object.values(CLOSE).map((close) => close.code)).size).toBe(9);
  });

  it('LINK-9: any other code is a plain loss of connection', () => {
    for (const code of [1000, 1001, 1006, 4000, 4999]) expect(closeOf(code)).toBeNull();
  });
});
