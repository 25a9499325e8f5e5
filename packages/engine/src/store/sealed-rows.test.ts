import { nodePrimitives, systemRandom } from '@sotto/primitives-node';
import { describe, expect, it } from 'vitest';
import { SealedRows } from './sealed-rows.ts';

const key = systemRandom(32);
const rows = new SealedRows(nodePrimitives, systemRandom, key);
const record = { text: 'a secret', id: new Uint8Array([1, 2, 255]), list: [{ key: new Uint8Array(0) }], none: null };

describe('SealedRows', () => {
  it('ENG-1: gives back what was sealed, byte strings and all', () => {
    expect(rows.openRecord('message', 7, rows.sealRecord('message', 7, record))).toEqual(record);
    expect(rows.open('session', 'ab', rows.seal('session', 'ab', new Uint8Array(0)))).toEqual(new Uint8Array(0));
  });

  it('ENG-1: a text that looks like an encoded byte string stays a text', () => {
    const tricky = { text: '{"$b":"00"}' };
    expect(rows.openRecord('message', 1, rows.sealRecord('message', 1, tricky))).toEqual(tricky);
  });

  it('ENG-1: a row does not open in another place, changed, cut, or under another key', () => {
    const sealed = rows.sealRecord('message', 7, record);
    const changed = sealed.slice();
    changed[30]! ^= 1;
    const otherKey = new SealedRows(nodePrimitives, systemRandom, systemRandom(32));
    const attempts = [
      () => rows.open('message', 8, sealed),
      () => rows.open('contact', 7, sealed),
      () => rows.open('message', 7, changed),
      () => rows.open('message', 7, sealed.subarray(0, 20)),
      () => rows.open('message', 7, null),
      () => otherKey.open('message', 7, sealed),
    ];
    for (const attempt of attempts)
      expect(attempt).toThrow(expect.objectContaining({ name: 'StoreError', code: 'corrupt' }));
  });

  it('ENG-1: the same sealed twice looks different; tags are the same for one value and kind only', () => {
    expect(rows.sealRecord('message', 7, record)).not.toEqual(rows.sealRecord('message', 7, record));
    const value = new Uint8Array(32).fill(9);
    expect(rows.tag('contact', value)).toEqual(rows.tag('contact', value));
    expect(rows.tag('contact', value)).not.toEqual(rows.tag('session', value));
    expect(new SealedRows(nodePrimitives, systemRandom, systemRandom(32)).tag('contact', value)).not.toEqual(
      rows.tag('contact', value),
    );
  });
});
