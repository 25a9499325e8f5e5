import { argon2id } from '@noble/hashes/argon2.js';
import { shake256 } from '@noble/hashes/sha3.js';
import { expect, it } from 'vitest';
import { toHex } from './bytes.contract.ts';
import { utf8 } from './bytes.ts';
import { noblePrimitives } from './noble-primitives.ts';
import { describePrimitives } from './primitives.contract.ts';
import type { Random } from './primitives.ts';

const stream = shake256.create({}).update(utf8('noble-primitives.test'));
const random: Random = (length) => stream.xof(length);

describePrimitives(noblePrimitives, random);

it('CRYPTO-9: RFC 9106, 5.3 (four lanes and a secret, which the port leaves out)', () => {
  const bytes = (length: number, value: number): Uint8Array => new Uint8Array(length).fill(value);
  const options = { t: 3, m: 32, p: 4, dkLen: 32, key: bytes(8, 3), personalization: bytes(12, 4) };
  expect(toHex(argon2id(bytes(32, 1), bytes(16, 2), options))).toBe(
    '0d640df58d78766c08c037a34a8b53c9d01ef0452d75b65eb52520e96b01e659',
  );
});
