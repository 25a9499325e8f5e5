import { nodePrimitives } from '@sotto/primitives-node';
import { type Config, ConfigError } from '../config/config.ts';
import { heldNodeSecrets } from '../server/node-key-file.ts';
import { isDatabaseUrl } from '../store/open-store.ts';
import { RelayStoreError } from '../store/relay-store.ts';
import { parseRedisUrl } from '../wake/redis/redis-url.ts';
import { clockChecks, clockOfNode, type OtherClock } from './clock-checks.ts';
import { diskChecks } from './disk-checks.ts';
import { machineChecks } from './machine-checks.ts';
import type { Machine } from './machine.ts';
import { failed, type NodeCheck, ok } from './node-check.ts';
import { reachCheck } from './reach-check.ts';
import { tlsChecks } from './tls-checks.ts';

/**
 * Everything that `sotto node --doctor` looks at. Changes nothing, and may run beside the node.
 * @param compareClock address of another node; null: none
 */
export async function examineNode(config: Config, machine: Machine, compareClock: string | null): Promise<NodeCheck[]> {
  const { clock } = machine;
  const key = ownNodeId(config);
  const nodeId = typeof key === 'string' ? key : null;
  const database = await databasePart(config, machine, nodeId);
  const others = [...database.clocks, ...(compareClock === null ? [] : [await clockOfNode(compareClock, clock)])];
  return [
    ...machineChecks(config, machine),
    ...(key instanceof ConfigError ? [damagedKey(key)] : []),
    ...(await diskChecks(config, machine)),
    ...database.checks,
    ...(await redisPart(config)),
    ...clockChecks(others, await machine.clockIsKept()),
    ...(await tlsChecks(config, clock.now())),
    await reachCheck(config, nodeId, clock),
  ];
}

/** null: there is none yet. */
function ownNodeId({ data, store, dataGiven, identityFile }: Config): string | ConfigError | null {
  if (store === 'none' && !dataGiven && identityFile === null) return null;
  try {
    const held = heldNodeSecrets(data, identityFile);
    return held && Buffer.from(nodePrimitives.ed25519.publicKey(held.nodeSeed)).toString('hex');
  } catch (error) {
    if (error instanceof ConfigError) return error;
    throw error;
  }
}

const damagedKey = ({ message }: ConfigError): NodeCheck =>
  failed(
    'node-key',
    message,
    'The node does not start. With another key it is another node, which clients refuse.',
    'Restore it from its backup.',
  );

async function databasePart(
  config: Config,
  { clock }: Machine,
  nodeId: string | null,
): Promise<{ checks: NodeCheck[]; clocks: OtherClock[] }> {
  if (!isDatabaseUrl(config.store)) return { checks: [embedded(config)], clocks: [] };
  const { databaseAway, databaseChecks } = await import('./database-checks.ts');
  const { readDatabase } = await import('./database-facts.ts');
  try {
    const facts = await readDatabase(config.store, clock);
    const clocks = [{ whose: 'the database', aheadMs: facts.clockAheadMs }];
    return { checks: databaseChecks(config, facts, nodeId), clocks };
  } catch (error) {
    if (!(error instanceof RelayStoreError)) throw error;
    return { checks: [databaseAway(config, error.message)], clocks: [] };
  }
}

function embedded({ store }: Config): NodeCheck {
  const name = 'durability';
  if (store === 'sqlite') {
    return ok(
      name,
      '--store sqlite',
      "A receipt means: this machine's disk has it. When that disk is lost, so is what waits there.",
    );
  }
  if (store === 'memory') {
    return ok(
      name,
      '--store memory',
      'What waits is lost when the node ends, also what was acknowledged: for trying things out.',
    );
  }
  return ok(
    name,
    '--store none',
    'Nothing is kept: a message reaches people who are connected, and the sender is told.',
  );
}

async function redisPart({ redis, store }: Config): Promise<NodeCheck[]> {
  const address = redis === null ? null : parseRedisUrl(redis);
  if (address === null) {
    if (!isDatabaseUrl(store)) return [];
    return [
      ok(
        'redis',
        'none is given',
        'An edge by itself needs none. With several, messages between them take up to 30 s.',
      ),
    ];
  }
  const { readRedis } = await import('./redis-facts.ts');
  const { redisChecks } = await import('./redis-checks.ts');
  return redisChecks(address, await readRedis(address));
}
