import { describe, expect, it } from 'vitest';
import { describePrimitives } from '../../protocol/src/crypto/primitives.contract.ts';
import { createNodePrimitives, nodePrimitives } from './node-primitives.ts';
import { loadSodium } from './sodium.ts';
import { systemRandom } from './system-random.ts';

describePrimitives(createNodePrimitives(null), systemRandom);

const sodium = loadSodium();
describe.skipIf(sodium === null)('with the addon', () => {
  describePrimitives(createNodePrimitives(sodium), systemRandom);
});

describe('backends', () => {
  it('CRYPTO-13: the name says which backends are in use', () => {
    expect(createNodePrimitives(null).name).toBe('node:crypto');
    const expected = sodium === null ? 'node:crypto' : 'sodium-native + node:crypto';
    expect(nodePrimitives.name).toBe(expected);
  });

  it('the system’s randomness has the length asked for and does not repeat', () => {
    expect(systemRandom(0).length).toBe(0);
    expect(systemRandom(33).length).toBe(33);
    expect(systemRandom(32)).not.toEqual(systemRandom(32));
  });
});
