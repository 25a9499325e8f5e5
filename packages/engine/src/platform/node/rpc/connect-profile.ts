import { randomBytes } from 'node:crypto';
import type { EngineHandle } from '../../../api.ts';
import { EngineConnection } from '../../../rpc/engine-connection.ts';
import type { EngineBackend } from '../../../rpc/engine-connection.ts';
import { callEngine, engineOver } from '../../../rpc/rpc-methods.ts';
import { nodeClock } from '../node-clock.ts';
import { prepareProfileDirectory } from '../profile-directory.ts';
import { attach, leave } from './profile-attachment.ts';
import type { OpenEngine, Ownership, Tenancy } from './profile-attachment.ts';
import type { AskPassphrase, DatabaseKey } from '../keys/database-key.ts';

export interface ConnectOptions {
  /** Directory of the profile (profileDirectory()); null for a throw-away one in memory, which no other process shares. */
  readonly directory: string | null;
  /** Called when this process becomes the owner: at once, or later when the owner has gone. */
  readonly openEngine: OpenEngine;
  /** For the passphrase of a locked profile, when this process becomes the owner first; null: there is nobody to ask. */
  readonly askPassphrase?: AskPassphrase | null;
  /** How long close() serves clients that are busy before it leaves the profile to them. Default 10 s. */
  readonly lingerMs?: number;
}

/**
 * The engine of a profile, whichever process runs it: this one, or the one that is there already. When that one ends,
 * one of its clients takes over; calls under way are made again (RPC-8) and no message event is lost (RPC-9).
 * @throws ProfileError; what `openEngine` throws; EngineError('try-later')
 */
export async function connectProfile(options: ConnectOptions): Promise<EngineHandle> {
  if (options.directory === null) return await openEphemeral(options.openEngine);
  const paths = prepareProfileDirectory(options.directory);
  let databaseKey: DatabaseKey | null = null;
  const connection = new EngineConnection({
    attach: async () => {
      const attached = await attach(paths, options.openEngine, options.askPassphrase ?? null, databaseKey);
      if (attached.kind === 'client') ({ databaseKey } = attached);
      return backendOf(attached);
    },
    newMessageId: () => randomBytes(16).toString('hex'),
    clock: nodeClock,
  });
  await connection.attached();
  return connection.handle(async () => {
    const attached = (await connection.end())?.attached;
    if (attached?.kind === 'client') attached.client.close();
    else if (attached?.kind === 'owner') await leave(attached, options.lingerMs ?? 10_000);
    databaseKey?.key.fill(0);
  });
}

async function openEphemeral(openEngine: OpenEngine): Promise<EngineHandle> {
  const { openEphemeralProfile } = await import('../profile.ts');
  const profile = openEphemeralProfile();
  const engine = await openEngine(profile);
  return {
    ...engineOver((method, params) => callEngine(engine, method, params)),
    on: (listener) => engine.on(listener),
    close: async () => {
      await engine.close();
      profile.close();
    },
  };
}

function backendOf(attached: Ownership | Tenancy): EngineBackend & { readonly attached: Ownership | Tenancy } {
  if (attached.kind === 'client') {
    const { client } = attached;
    return {
      attached,
      call: (method, params) => client.call(method, params),
      listen(onEvent, onLost) {
        client.onEvent = onEvent;
        client.onClose = onLost;
      },
    };
  }
  const { engine } = attached;
  return {
    attached,
    call: (method, params) => callEngine(engine, method, params),
    listen: (onEvent) => void engine.on(onEvent),
  };
}
