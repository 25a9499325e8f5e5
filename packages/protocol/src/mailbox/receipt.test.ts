import { describe, expect, it } from 'vitest';
import { noblePrimitives, type Primitives } from '../crypto/index.ts';
import { flipBit, NOW_MS, seededRandom } from '../identity/identity.fixture.ts';
import {
  buildReceipts,
  merkleRoot,
  verifyReceipt,
  verifyReceipts,
  type ReceiptHead,
  type ReceiptItem,
} from './index.ts';

const random = seededRandom('receipts');
const seed = random(32);
const network = random(32);
const ids = Array.from({ length: 13 }, () => random(32));
const receipts = buildReceipts(noblePrimitives, seed, network, NOW_MS, ids);
const head: ReceiptHead = {
  nodeId: noblePrimitives.ed25519.publicKey(seed),
  network,
  at: NOW_MS,
  leaves: receipts.leaves,
  signature: receipts.signature,
};
const items: ReceiptItem[] = ids.map((id, leaf) => ({ id, leaf, path: receipts.path(leaf) }));
const item = items[5] as ReceiptItem;
const verify = (change: Partial<ReceiptHead & ReceiptItem>): boolean =>
  verifyReceipt(noblePrimitives, { ...head, ...item, ...change });

describe('receipts', () => {
  it('MB-5: one signature proves every envelope of a commit', () => {
    expect(items.every((one) => verifyReceipt(noblePrimitives, { ...head, ...one }))).toBe(true);
    const [id] = ids as [Uint8Array];
    const single = buildReceipts(noblePrimitives, seed, network, NOW_MS, [id]);
    expect(single.path(0)).toHaveLength(0);
    expect(verify({ ...single, id, leaf: 0, path: single.path(0) })).toBe(true);
  });

  it('MB-5: the signed bytes are label, network, time, count and root', () => {
    const bytes = Buffer.concat([
      Buffer.from('sotto/receipt/1'),
      network,
      Buffer.from(BigInt(NOW_MS).toString(16).padStart(16, '0'), 'hex'),
      Buffer.from([0, 0, 0, 13]),
      merkleRoot(noblePrimitives, ids),
    ]);
    expect(noblePrimitives.ed25519.verify(head.nodeId, bytes, head.signature)).toBe(true);
  });

  it('MB-6: another node, network, time, count, index, id, path or signature proves nothing', () => {
    expect(verify({})).toBe(true);
    expect(verify({ nodeId: random(32) })).toBe(false);
    expect(verify({ nodeId: noblePrimitives.ed25519.publicKey(random(32)) })).toBe(false);
    expect(verify({ network: random(32) })).toBe(false);
    expect(verify({ network: network.subarray(1) })).toBe(false);
    expect(verify({ at: NOW_MS + 1 })).toBe(false);
    expect(verify({ at: -1 })).toBe(false);
    expect(verify({ at: NaN })).toBe(false);
    expect(verify({ leaves: 12 })).toBe(false);
    expect(verify({ leaves: 14 })).toBe(false);
    expect(verify({ leaf: 4 })).toBe(false);
    expect(verify({ leaf: 2 ** 40 })).toBe(false);
    expect(verify({ id: ids[4] as Uint8Array })).toBe(false);
    for (const bit of [0, 300, 500]) {
      expect(verify({ path: flipBit(item.path, bit) })).toBe(false);
      expect(verify({ signature: flipBit(head.signature, bit) })).toBe(false);
    }
    expect(verify({ signature: new Uint8Array(0) })).toBe(false);
  });

  it('MB-6: many receipts cost one signature check, and a wrong one among them is found', () => {
    let checks = 0;
    const counting: Primitives = {
      ...noblePrimitives,
      ed25519: {
        ...noblePrimitives.ed25519,
        verify: (key, message, signature) => (checks++, noblePrimitives.ed25519.verify(key, message, signature)),
      },
    };
    expect(verifyReceipts(counting, head, items)).toEqual(items.map(() => true));
    expect(checks).toBe(1);
    const mixed = [{ ...item, id: random(32) }, item, { ...item, leaf: 6 }, { ...item, path: random(33) }, item];
    expect(verifyReceipts(noblePrimitives, head, mixed)).toEqual([false, true, false, false, true]);
    expect(verifyReceipts(noblePrimitives, { ...head, at: NOW_MS + 1 }, items.slice(0, 2))).toEqual([false, false]);
    expect(verifyReceipts(noblePrimitives, head, [])).toEqual([]);
  });
});
