import { describe, expect, it } from 'vitest';
import { nodePrimitives, systemRandom } from '@sotto/primitives-node';
import { NodeStore } from '../platform/node/node-store.ts';
import { Database } from '../store/database.ts';
import { readIdentity, writeIdentity } from './identity-store.ts';
import { OwnPrekeys } from './own-prekeys.ts';

const HOME = 'aa'.repeat(32);
const OTHER = 'bb'.repeat(32);
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
    const first = prekeys.uploadFor(HOME, nothing);
    database.transaction(() => prekeys.renew(true));
    if (first !== null) prekeys.published(HOME, first);
    const second = prekeys.uploadFor(HOME, full);
    expect(second).toMatchObject({ replaceOneTime: true });
    expect(second?.signedPrekey?.id).toBeGreaterThan(first?.signedPrekey?.id ?? 0);
    expect(second?.oneTime).toHaveLength(100);
    // And once more, while that is on its way.
    let told = 0;
    prekeys.onRenewed = () => void told++;
    database.transaction(() => prekeys.renew(true));
    if (second !== null) prekeys.published(HOME, second);
    expect([prekeys.isRenewing(HOME), told]).toEqual([true, 0]);
    const third = prekeys.uploadFor(HOME, full);
    expect(third?.signedPrekey?.id).toBeGreaterThan(second?.signedPrekey?.id ?? 0);
    if (third !== null) prekeys.published(HOME, third);
    expect([prekeys.isRenewing(HOME), told, prekeys.uploadFor(HOME, full)]).toEqual([false, 1, null]);
  });

  const idsOf = (upload: ReturnType<OwnPrekeys['uploadFor']>): number[] => [
    ...(upload?.oneTime ?? []).map(({ id }) => id),
    ...(upload?.oneTimeKyber ?? []).map(({ id }) => 1e9 + id),
  ];

  it('RING-66: each home gets one-time keys that no other home gets, and the same lasting keys', () => {
    const { prekeys } = prekeysOf();
    const first = prekeys.uploadFor(HOME, nothing);
    // The first upload is still on its way, and may be lost.
    const second = prekeys.uploadFor(OTHER, nothing);
    const again = prekeys.uploadFor(HOME, nothing);
    expect(idsOf(again)).toEqual(idsOf(first));
    expect(new Set([...idsOf(first), ...idsOf(second)]).size).toBe(240);
    expect(second?.signedPrekey).toEqual(first?.signedPrekey);
    expect(second?.sealKey).toEqual(first?.sealKey);
    if (first !== null) prekeys.published(HOME, first);
    expect([prekeys.isDue(HOME), prekeys.isDue(OTHER)]).toEqual([false, true]);
    if (second !== null) prekeys.published(OTHER, second);
    // Refilled one by one.
    const refill = prekeys.uploadFor(OTHER, { ...full, oneTime: 10 });
    expect(refill?.oneTime).toHaveLength(90);
    expect(idsOf(refill).filter((id) => [...idsOf(first), ...idsOf(second)].includes(id))).toEqual([]);
    expect([prekeys.uploadFor(HOME, full), prekeys.isDue(OTHER)]).toEqual([null, false]);
  });

  it('RING-66: lost keys are replaced at every home, and a home that is late is waited for by none', () => {
    const { database, prekeys } = prekeysOf();
    for (const home of [HOME, OTHER]) prekeys.published(home, prekeys.uploadFor(home, nothing)!);
    let told = 0;
    prekeys.onRenewed = () => void told++;
    database.transaction(() => prekeys.renew(true));
    prekeys.published(HOME, prekeys.uploadFor(HOME, full)!);
    expect([told, prekeys.isRenewing(HOME), prekeys.isRenewing(OTHER)]).toEqual([1, false, true]);
    const late = prekeys.uploadFor(OTHER, full);
    expect(late).toMatchObject({ replaceOneTime: true });
    expect(late?.oneTime).toHaveLength(100);
    prekeys.published(OTHER, late!);
    expect([prekeys.isRenewing(OTHER), prekeys.uploadFor(OTHER, full)]).toEqual([false, null]);
  });

  it('RING-66: what a home says it holds is compared with what was made for it alone', () => {
    const { prekeys } = prekeysOf();
    for (const home of [HOME, OTHER]) prekeys.published(home, prekeys.uploadFor(home, nothing)!);
    prekeys.compare(HOME, full);
    prekeys.compare('cc'.repeat(32), full);
    expect([prekeys.isRenewing(HOME), prekeys.isRenewing(OTHER)]).toEqual([false, false]);
    prekeys.compare(OTHER, { ...full, oneTime: 101 });
    expect([prekeys.isRenewing(HOME), prekeys.isRenewing(OTHER)]).toEqual([true, true]);
  });

  it('RING-66: a profile from when there was one home goes on with the keys that it has there', () => {
    const { database, prekeys } = prekeysOf();
    const first = prekeys.uploadFor(HOME, nothing)!;
    // As they were written then.
    database.store.run(`UPDATE prekey SET uploaded = 1, home = ''`);
    prekeys.adopt(HOME);
    expect([prekeys.uploadFor(HOME, full), prekeys.isDue(HOME)]).toEqual([null, false]);
    const other = prekeys.uploadFor(OTHER, nothing);
    expect(idsOf(other).filter((id) => idsOf(first).includes(id))).toEqual([]);
    expect(other?.oneTime).toHaveLength(100);
  });

  it('RING-66: keys of a home that is none any more serve until nobody can come with them', () => {
    const { database, prekeys } = prekeysOf();
    const upload = prekeys.uploadFor(HOME, nothing)!;
    prekeys.published(HOME, upload);
    const id = upload.oneTime[0]!.id;
    prekeys.retain([OTHER]);
    expect(prekeys.oneTime(id)).not.toBeNull();
    database.store.run('UPDATE prekey SET created_at = created_at - ?', 46 * 86_400_000);
    prekeys.retain([HOME]);
    expect(prekeys.oneTime(id)).not.toBeNull();
    prekeys.retain([OTHER]);
    expect(prekeys.oneTime(id)).toBeNull();
    // Should it be a home again, what it still has is put aside.
    expect(prekeys.uploadFor(HOME, full)).toMatchObject({ replaceOneTime: true });
  });
});
