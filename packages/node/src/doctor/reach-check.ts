import { nodePrimitives } from '@sotto/primitives-node';
import type { Clock } from '@sotto/protocol/link';
import type { Config } from '../config/config.ts';
import { fetchDescriptor } from '../ring/fetch-descriptor.ts';
import { JoinError } from '../ring/join-error.ts';
import { codeOf } from '../server/file-error.ts';
import { isWildcard } from '../server/own-urls.ts';
import { peerDialer } from '../server/ws-peer-dialer.ts';
import { failed, type NodeCheck, ok, warning } from './node-check.ts';

const NAME = 'reachability';
const UNREACHED = 'People cannot connect by this address; what is sent to them waits.';

/** Whether the public address leads to this very node (OPS-58). @param nodeId 64 hex digits; null: it has no key yet */
export async function reachCheck(
  { publicUrl, listen }: Config,
  nodeId: string | null,
  clock: Clock,
): Promise<NodeCheck> {
  if (publicUrl === null) {
    const found = 'nothing to try: no --public-url is given';
    if (!isWildcard(listen.host)) return ok(NAME, found, `Invites name ${listen.host}, where it listens.`);
    return warning(
      NAME,
      found,
      "Invites name this machine's own addresses, which may work nearby alone.",
      'Give --public-url.',
    );
  }
  const dialer = peerDialer(() => true);
  try {
    const { node } = await fetchDescriptor({ primitives: nodePrimitives, clock, dialer }, publicUrl, null);
    const found = Buffer.from(node).toString('hex');
    if (nodeId === null) return ok(NAME, `${publicUrl} leads to the node ${found}`, 'This one has no key yet.');
    if (found === nodeId) return ok(NAME, `${publicUrl} leads to this node, ${nodeId}`, 'People reach it.');
    return failed(
      NAME,
      `${publicUrl} leads to the node ${found}, and this is ${nodeId}`,
      'Whoever has an invite of this node refuses the other one: they cannot connect.',
      'Correct the address or the proxy; or is it another data directory than the one that runs?',
    );
  } catch (error) {
    if (!(error instanceof JoinError)) throw error;
    if (error.code !== 'unreachable') {
      return failed(
        NAME,
        `${publicUrl} answers, but not as a Sotto node`,
        UNREACHED,
        'The proxy must pass WebSocket upgrades on to the node.',
      );
    }
    const cause = codeOf(error.cause);
    return failed(
      NAME,
      `${publicUrl} does not answer as a node (${cause === 'unknown error' ? 'refused, or no WebSocket' : cause})`,
      UNREACHED,
      'Start the node; then check DNS, firewall, certificate, and that the proxy passes WebSocket upgrades on.',
    );
  }
}
