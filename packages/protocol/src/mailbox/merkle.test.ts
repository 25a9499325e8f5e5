import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import fc from 'fast-check';
import { concat, noblePrimitives, sameBytes } from '../crypto/index.ts';
import { codeOf, flipBit, seededRandom } from '../identity/identity.fixture.ts';
import { merklePaths, merkleRoot, merkleTree, verifyPath } from './index.ts';
import { treeOver } from './merkle.ts';

const random = seededRandom('merkle');
const ids = Array.from({ length: 40 }, () => random(32));
const sha256 = (...parts: Uint8Array[]): Uint8Array => {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  return Uint8Array.from(hash.digest());
};

/** MTH and PATH as RFC 6962, section 2.1 and 2.1.1, writes them. */
const split = (count: number): number => 2 ** Math.ceil(Math.log2(count) - 1);
function mth(list: readonly Uint8Array[]): Uint8Array {
  const [first] = list;
  if (list.length === 1 && first !== undefined) return sha256(Uint8Array.of(0), first);
  const k = split(list.length);
  return sha256(Uint8Array.of(1), mth(list.slice(0, k)), mth(list.slice(k)));
}
function path(m: number, list: readonly Uint8Array[]): Uint8Array[] {
  if (list.length === 1) return [];
  const k = split(list.length);
  return m < k
    ? [...path(m, list.slice(0, k)), mth(list.slice(k))]
    : [...path(m - k, list.slice(k)), mth(list.slice(0, k))];
}

describe('Merkle tree', () => {
  it("MB-5: roots of Certificate Transparency's reference leaves", () => {
    const inputs = ['', '00', '10', '2021', '3031', '40414243', '5051525354555657', '606162636465666768696a6b6c6d6e6f'];
    const leaves = inputs.map((hex) => sha256(Uint8Array.of(0), Buffer.from(hex, 'hex')));
    const rootOf = (count: number): string =>
      Buffer.from(treeOver(noblePrimitives, leaves.slice(0, count)).root).toString('hex');
    expect(rootOf(1)).toBe('6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d');
    expect(rootOf(2)).toBe('fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125');
    expect(rootOf(3)).toBe('aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77');
    expect(rootOf(4)).toBe('d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7');
    expect(rootOf(5)).toBe('4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4');
    expect(rootOf(6)).toBe('76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef');
    expect(rootOf(7)).toBe('ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c');
    expect(rootOf(8)).toBe('5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328');
  });

  it('MB-5: root and paths are those of RFC 6962 for every count', () => {
    for (let count = 1; count <= ids.length; count++) {
      const some = ids.slice(0, count);
      const tree = merkleTree(noblePrimitives, some);
      expect(tree.leaves).toBe(count);
      expect(sameBytes(tree.root, mth(some)), `root of ${count}`).toBe(true);
      for (let i = 0; i < count; i++) {
        expect(sameBytes(tree.path(i), concat(...path(i, some))), `path ${i} of ${count}`).toBe(true);
      }
    }
    expect(merkleRoot(noblePrimitives, ids)).toEqual(mth(ids));
    expect(merklePaths(noblePrimitives, ids.slice(0, 5))).toEqual(
      [0, 1, 2, 3, 4].map((i) => concat(...path(i, ids.slice(0, 5)))),
    );
  });

  it('MB-6: every path verifies', () => {
    for (let count = 1; count <= ids.length; count++) {
      const tree = merkleTree(noblePrimitives, ids.slice(0, count));
      for (const [leaf, id] of ids.slice(0, count).entries()) {
        expect(verifyPath(noblePrimitives, tree.root, { id, leaf, leaves: count, path: tree.path(leaf) })).toBe(true);
      }
    }
  });

  it('MB-6: a wrong id, index, count, or a changed, cut or longer path does not verify', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: ids.length }), fc.nat(), fc.nat(), (leaves, a, b) => {
        const leaf = a % leaves;
        const tree = merkleTree(noblePrimitives, ids.slice(0, leaves));
        const proof = { id: ids[leaf] as Uint8Array, leaf, leaves, path: tree.path(leaf) };
        const verify = (change: Partial<typeof proof>): boolean =>
          verifyPath(noblePrimitives, tree.root, { ...proof, ...change });
        expect(verify({})).toBe(true);
        expect(verify({ id: flipBit(proof.id, b % 256) })).toBe(false);
        expect(verify({ id: proof.id.subarray(1) })).toBe(false);
        expect(verify({ path: concat(proof.path, random(32)) })).toBe(false);
        expect(verify({ path: concat(proof.path, Uint8Array.of(0)) })).toBe(false);
        expect(verify({ leaf: leaf + leaves })).toBe(false);
        expect(verify({ leaf: -1 })).toBe(false);
        expect(verify({ leaf: leaf + 0.5 })).toBe(false);
        expect(verify({ leaves: 0 })).toBe(false);
        expect(verify({ leaves: leaves * 2 + 1 })).toBe(false);
        if (leaves === 1) return;
        const other = (leaf + 1 + (b % (leaves - 1))) % leaves;
        expect(verify({ leaf: other })).toBe(false);
        expect(verify({ path: proof.path.subarray(32) })).toBe(false);
        expect(verify({ path: proof.path.subarray(0, -32) })).toBe(false);
        expect(verify({ path: flipBit(proof.path, b % (proof.path.length * 8)) })).toBe(false);
      }),
    );
  });

  it('MB-6: a path longer than the count allows is refused though it leads to the root', () => {
    const [left, right] = ids as [Uint8Array, Uint8Array];
    const { root, ...tree } = merkleTree(noblePrimitives, [left, right]);
    expect(verifyPath(noblePrimitives, root, { id: right, leaf: 1, leaves: 2, path: tree.path(1) })).toBe(true);
    expect(verifyPath(noblePrimitives, root, { id: right, leaf: 0, leaves: 1, path: tree.path(1) })).toBe(false);
  });

  it('MB-6: an inner node does not pass for a leaf', () => {
    // Without the 0x00 and 0x01 prefixes the pair of leaves would itself be provable.
    const pair = ids.slice(0, 2);
    const tree = merkleTree(noblePrimitives, ids.slice(0, 4));
    const inner = merkleRoot(noblePrimitives, pair);
    const rest = tree.path(0).subarray(32);
    expect(verifyPath(noblePrimitives, tree.root, { id: inner, leaf: 0, leaves: 2, path: rest })).toBe(false);
  });

  it('MB-6: trees beyond 2^20 leaves, no leaves and ids of a wrong length are refused', () => {
    const id = random(32);
    const proof = { id, leaf: 0, path: new Uint8Array(32 * 21) };
    expect(verifyPath(noblePrimitives, id, { ...proof, leaves: 2 ** 20 + 1 })).toBe(false);
    expect(codeOf(() => merkleTree(noblePrimitives, []))).toBe('bad-length');
    expect(codeOf(() => merkleTree(noblePrimitives, [id, id.subarray(1)]))).toBe('bad-length');
    expect(codeOf(() => merkleTree(noblePrimitives, [id]).path(1))).toBe('bad-length');
  });

  it('MB-5: a tree of 512 leaves hashes each leaf and each node once', () => {
    let hashes = 0;
    const counting = { ...noblePrimitives, sha256: (data: Uint8Array) => (hashes++, noblePrimitives.sha256(data)) };
    const tree = merkleTree(
      counting,
      Array.from({ length: 512 }, () => ids[0] as Uint8Array),
    );
    tree.path(100);
    expect(hashes).toBe(512 + 511);
  });
});
