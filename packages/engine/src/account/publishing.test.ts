import { nodePrimitives as primitives, systemRandom } from '@sotto/primitives-node';
import { RefusalCode } from '@sotto/protocol/wire';
import type { FrameBody, SignedAccess } from '@sotto/protocol/wire';
import { beforeEach, describe, expect, it } from 'vitest';
import { ConnectionError } from '../connection/index.ts';
import { NodeStore } from '../platform/node/node-store.ts';
import type { Platform } from '../ports.ts';
import { Database } from '../store/database.ts';
import { readIdentity, writeIdentity } from './identity-store.ts';
import { OwnPrekeys } from './own-prekeys.ts';
import { Profile, readProfile, writeProfile } from './profile.ts';
import { Publishing } from './publishing.ts';

const NOW = 1_800_000_000_000;
const HOUR_MS = 3_600_000;
const FULL = { $typeName: 'sotto.v1.KeyCounts' as const, oneTime: 100, oneTimeKyber: 20, deviceListRevision: 1n };

/** A home as far as access goes. */
class Home {
  readonly key: string;
  /** Of the access that stands here. */
  at = 0;
  held: SignedAccess | null = null;
  asked = 0;

  constructor(name: string) {
    this.key = name.repeat(32);
  }

  readonly ask = (body: FrameBody): Promise<FrameBody> => {
    if (body.case !== 'setAccess') return Promise.resolve({ case: 'keyCounts', value: FULL });
    this.asked++;
    const { signed } = body.value;
    if (signed === undefined) return Promise.resolve({ case: 'done', value: {} });
    if (Number(signed.at) <= this.at) {
      const told = { refusal: RefusalCode.OLDER, laterThan: this.at };
      return Promise.reject(new ConnectionError('refused', 'older', told));
    }
    this.at = Number(signed.at);
    this.held = signed;
    return Promise.resolve({ case: 'done', value: {} });
  };
}

describe('access at a home that holds what another device signed', () => {
  let profile: Profile;
  let publishing: Publishing;
  const [first, second] = [new Home('aa'), new Home('bb')];
  const bring = async (home: Home): Promise<void> => void (await publishing.bring(home.key, FULL, home.ask));

  beforeEach(() => {
    const platform = {
      store: new NodeStore(':memory:'),
      primitives,
      random: systemRandom,
      databaseKey: systemRandom(32),
      clock: { now: () => NOW, after: () => () => undefined },
    };
    const database = new Database(platform);
    database.transaction(() => {
      writeIdentity(database, platform, { phrase: null, ephemeral: false });
      const given = { name: 'Anna', color: 1, listed: false, url: 'ws://node', psk: null, home: null };
      writeProfile(database, systemRandom, given, { changedAt: NOW - HOUR_MS });
    });
    const own = readIdentity(database, primitives)!;
    profile = new Profile(database, systemRandom, readProfile(database)!);
    const prekeys = new OwnPrekeys(database, platform, own);
    publishing = new Publishing({ platform: platform as unknown as Platform, database, own, profile, prekeys });
    for (const home of [first, second]) Object.assign(home, { at: 0, held: null, asked: 0 });
  });

  it('DEV-13: what another device changed later stands, and it is not asked again and again', async () => {
    first.at = NOW - HOUR_MS / 2;
    await bring(first);
    expect([first.asked, first.held, profile.current.changedAt]).toEqual([1, null, NOW - HOUR_MS]);
    await bring(first);
    expect(first.held).toBeNull();
  });

  it('RING-66: what was signed for a time to come is overruled by one millisecond, at every home', async () => {
    await bring(second);
    expect(second.at).toBe(NOW - HOUR_MS);
    first.at = NOW + 20 * HOUR_MS;
    await bring(first);
    expect(first.at).toBe(NOW + 20 * HOUR_MS + 1);
    expect(Number(first.held!.at)).toBe(profile.current.changedAt);
    expect(publishing.isDue(first.key)).toBe(false);
    // It may get there, too, by the device that signed it.
    expect(publishing.isDue(second.key)).toBe(true);
    await bring(second);
    expect(second.at).toBe(first.at);
  });

  it('RING-66: a clock that is a little ahead overrules nobody, nor does a home that names a time nobody can have signed', async () => {
    for (const at of [NOW + 60_000, NOW + 72 * HOUR_MS, Number.MAX_SAFE_INTEGER]) {
      first.at = at;
      await bring(first);
      expect([first.at, profile.current.changedAt]).toEqual([at, NOW - HOUR_MS]);
    }
  });
});
