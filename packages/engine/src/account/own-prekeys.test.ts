import { describe, expect, it } from 'vitest';
import { nodePrimitives, systemRandom } from '@sotto/primitives-node';
import { NodeStore } from '../platform/node/node-store.ts';
import { Database } from '../store/database.ts';
import { readIdentity, writeIdentity } from './identity-store.ts';
import { OwnPrekeys } from './own-prekeys.ts';

const nothing = { oneTime: 0, oneTimeKyber: 0, deviceListRevision: 0n };
const full = { oneTime: 100, oneTimeKyber: 20, deviceListRevision: 1n };

function prekeysOf(): { database: Database; prekeys: OwnPrekeys } {
  const platform = {
    store: new NodeStore(':memory:'),
    primitives: nodePrimitives,
    random: systemRandom,
    databaseKey: systemRandom(32),
    clock: { now: () => 1_800_000_000_000, after: () => () => undefined },
  };
  const database = new Database(platform);
  database.transaction(() => writeIdentity(database, platform, { phrase: null, ephemeral: false }));
  const own = readIdentity(database, nodePrimitives);
  if (own === null) throw new Error('no identity');
  return { database, prekeys: new OwnPrekeys(database, platform, own) };
}

describe('own prekeys', () => {
  it('ENG-20: keys that were replaced while others were on their way to the node are published as well', () => {
    const { database, prekeys } = prekeysOf();
    const first = prekeys.uploadFor(nothing);
    database.transaction(() => prekeys.renew(true));
    if (first !== null) prekeys.published(first);
    const second = prekeys.uploadFor(full);
    expect(second).toMatchObject({ replaceOneTime: true });
    expect(second?.signedPrekey?.id).toBeGreaterThan(first?.signedPrekey?.id ?? 0);
    expect(second?.oneTime).toHaveLength(100);
    // And once more, while that is on its way.
    let told = 0;
    prekeys.onRenewed = () => void told++;
    database.transaction(() => prekeys.renew(true));
    if (second !== null) prekeys.published(second);
    expect([prekeys.isRenewing, told]).toEqual([true, 0]);
    const third = prekeys.uploadFor(full);
    expect(third?.signedPrekey?.id).toBeGreaterThan(second?.signedPrekey?.id ?? 0);
    if (third !== null) prekeys.published(third);
    expect([prekeys.isRenewing, told, prekeys.uploadFor(full)]).toEqual([false, 1, null]);
  });
});
