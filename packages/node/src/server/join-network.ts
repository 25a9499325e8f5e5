import { setTimeout as wait } from 'node:timers/promises';
import { nodePrimitives, systemRandom } from '@sotto/primitives-node';
import { networkIdOf } from '@sotto/protocol/identity';
import { sameBytes } from '@sotto/protocol/crypto';
import { hostOf, isJoinToken, parseJoinToken, placeOfHost } from '@sotto/protocol/ring';
import { decodeNodeDescriptor, decodeNodeDescriptorBody } from '@sotto/protocol/wire';
import { ConfigError } from '../config/config.ts';
import { nodeIdentityOf, type NodeSecrets } from '../node-identity.ts';
import { JoinError } from '../ring/join-error.ts';
import { joinRing } from '../ring/join-ring.ts';
import type { PeerDialer } from '../ring/peer-dialer.ts';
import type { RingFile, RingState } from '../ring/ring-file.ts';
import { nodeClock } from './node-clock.ts';

export interface JoinRequest {
  /** Join tokens or addresses of members: the first that works. */
  readonly join: readonly string[];
  readonly secrets: NodeSecrets;
  readonly file: RingFile;
  readonly dialer: PeerDialer;
  readonly psk: Uint8Array | null;
  /** Whether this node keeps mailboxes already. */
  readonly holdsMail: () => Promise<boolean>;
  /** Nothing proves that who answers is of the network that was meant, and somebody in between could answer instead. */
  readonly onUnprotected: () => void;
}

/** Nodes that are started together: the one that is asked may not listen yet. */
const PATIENCE_MS = 15_000;
const AGAIN_MS = 500;

/**
 * Makes this node a member of the network it is to join, unless it is one already (RING-44).
 * @throws ConfigError when it cannot be
 */
export async function joinNetwork(request: JoinRequest): Promise<void> {
  const { join, secrets, file } = request;
  const held = file.load();
  if (held !== null && !isAlone(held, secrets)) {
    if (join.some((to) => namesAnother(to, held))) throw refused('this node is a member of another network already');
    return;
  }
  if (await request.holdsMail()) {
    throw refused('this node keeps mailboxes of its own network; give it another data directory');
  }
  if (join.some(isUnprotected)) request.onUnprotected();
  file.save(await asked(request));
}

async function asked({ join, secrets, dialer, psk }: JoinRequest): Promise<RingState> {
  const { nodeId, operator } = nodeIdentityOf(nodePrimitives, secrets);
  const clock = nodeClock;
  const parts = { primitives: nodePrimitives, random: systemRandom, clock, dialer, psk, nodeId, operator };
  const endMs = clock.now() + PATIENCE_MS;
  for (;;) {
    let last: JoinError | null = null;
    for (const to of join) {
      try {
        return await joinRing(parts, to);
      } catch (error) {
        if (!(error instanceof JoinError)) throw error;
        last = error;
      }
    }
    if (last === null || !last.retry || clock.now() > endMs) throw refused(last?.message ?? 'nothing to join', last);
    await wait(AGAIN_MS);
  }
}

/** A network of this node's own, in which nobody else is. */
function isAlone({ founders, descriptors }: RingState, secrets: NodeSecrets): boolean {
  const { operator, nodeId } = nodeIdentityOf(nodePrimitives, secrets);
  const isOwn = (encoded: Uint8Array): boolean =>
    sameBytes(decodeNodeDescriptorBody(decodeNodeDescriptor(encoded).body).node, nodeId);
  return founders.length === 1 && sameBytes(founders[0]!, operator) && descriptors.every(isOwn);
}

/** A token names the network, and TLS the host; neither is needed on the own machine. */
export const isUnprotected = (to: string): boolean =>
  !isJoinToken(to) && /^ws:/i.test(to) && placeOfHost(hostOf(to)) !== 'loopback';

function namesAnother(to: string, { founders }: RingState): boolean {
  if (!isJoinToken(to)) return false;
  try {
    // Its age does not matter here.
    return !sameBytes(parseJoinToken(to, 0).network, networkIdOf(nodePrimitives, founders));
  } catch {
    return false;
  }
}

const refused = (why: string, cause: unknown = null): ConfigError =>
  new ConfigError('bad-value', `--join: cannot join: ${why}.`, { cause });
