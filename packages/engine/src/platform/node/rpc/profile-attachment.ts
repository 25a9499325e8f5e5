import { existsSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { EngineError } from '../../../api.ts';
import type { EngineHandle } from '../../../api.ts';
import { OwnerLock } from '../owner-lock.ts';
import type { Profile } from '../profile.ts';
import type { AskPassphrase, DatabaseKey } from '../keys/database-key.ts';
import type { ProfilePaths } from '../profile-directory.ts';
import type { EngineHost } from './engine-host.ts';
import { readOwnerAddress } from './owner-address.ts';
import { RpcClient } from './rpc-client.ts';

/** How long to look for an owner, or to become one. */
const ATTACH_TIMEOUT_MS = 30_000;
const POLL_MS = 25;

/** This process runs the engine. */
export interface Ownership {
  readonly kind: 'owner';
  readonly engine: EngineHandle;
  readonly host: EngineHost;
  readonly profile: Profile;
}

/** Another process runs it. */
export interface Tenancy {
  readonly kind: 'client';
  readonly client: RpcClient;
  /** To take over with when the owner goes; null when nothing is needed for that. */
  readonly databaseKey: DatabaseKey | null;
}

/** Makes an engine of a profile that this process owns. */
export type OpenEngine = (profile: Profile) => Promise<EngineHandle>;

/**
 * Finds the owner of a profile, or becomes it (RPC-1): a client of whoever listens; else the owner, if the lock is
 * free; else somebody is just becoming or ceasing to be the owner, so look again.
 * A locked profile is unlocked before it is taken, so that nobody waits while somebody types a passphrase.
 * @param known the database's key, if an earlier owner gave it
 * @throws ProfileError; what `openEngine` throws; EngineError('try-later') when nothing comes about in 30 s
 */
export async function attach(
  paths: ProfilePaths,
  openEngine: OpenEngine,
  ask: AskPassphrase | null,
  known: DatabaseKey | null,
): Promise<Ownership | Tenancy> {
  let until = Date.now() + ATTACH_TIMEOUT_MS;
  let databaseKey = known;
  for (;;) {
    const owner = readOwnerAddress(paths);
    const client = owner === null ? null : await RpcClient.connect(owner, Math.max(1, until - Date.now()));
    if (client !== null) return { kind: 'client', client, databaseKey: client.databaseKey };
    if (databaseKey === null && existsSync(paths.databaseKey)) {
      const { unlockDatabaseKey } = await import('../keys/database-key.ts');
      databaseKey = await unlockDatabaseKey(paths, ask);
      until = Date.now() + ATTACH_TIMEOUT_MS;
      // Meanwhile somebody else may have become the owner.
      continue;
    }
    const lock = OwnerLock.tryTake(paths.lock);
    if (lock !== null) return await becomeOwner(paths, lock, openEngine, databaseKey);
    if (Date.now() > until) {
      throw new EngineError('try-later', 'Another process uses this profile and does not answer.', true);
    }
    await sleep(POLL_MS + Math.random() * POLL_MS);
  }
}

async function becomeOwner(
  paths: ProfilePaths,
  lock: OwnerLock,
  openEngine: OpenEngine,
  databaseKey: DatabaseKey | null,
): Promise<Ownership> {
  let host: EngineHost | null = null;
  let profile: Profile | null = null;
  try {
    // A client needs none of this: a command beside a running owner starts in half the time.
    const [{ EngineHost }, { openLockedProfile }] = await Promise.all([
      import('./engine-host.ts'),
      import('../profile.ts'),
    ]);
    // First listen, so that the others wait here instead of asking again and again.
    host = await EngineHost.listen(paths);
    profile = openLockedProfile(paths, lock, databaseKey);
    const engine = await openEngine(profile);
    host.serve(engine, profile);
    return { kind: 'owner', engine, host, profile };
  } catch (error) {
    host?.close();
    profile?.close();
    lock.release();
    throw error;
  }
}

/** Lets go of a profile in the order that leaves no moment with two engines. */
export async function leave(ownership: Ownership, lingerMs: number): Promise<void> {
  await ownership.host.quiet(lingerMs);
  ownership.host.close();
  try {
    await ownership.engine.close();
  } finally {
    ownership.profile.close();
  }
}
