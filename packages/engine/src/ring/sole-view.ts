/** The view of a node that knows no ring: it alone is home of everybody (RING-61). */
import type { RingMember, View } from '@sotto/protocol/ring';
import { verifyDescriptor } from '@sotto/protocol/identity';
import type { VerifiedDescriptor } from '@sotto/protocol/identity';
import type { NodeRoute } from '../connection/index.ts';
import type { Primitives } from '../ports.ts';
import { toHex } from '../store/hex.ts';

const NONE = new Uint8Array(0);

/**
 * @param encoded the node's descriptor as far as it is known here
 * @returns `hash` is empty: there is nothing that two people could compare
 */
export function soleView(primitives: Primitives, route: NodeRoute, encoded: Uint8Array | null): View {
  const key = toHex(route.node);
  const known = verified(primitives, route, encoded);
  const member: RingMember = {
    key,
    node: route.node,
    position: NONE,
    linkKey: known?.linkKey ?? NONE,
    operator: known?.operator ?? route.node,
    urls: route.urls,
    capabilities: known?.capabilities ?? [],
    weight: 1,
    sequence: known?.sequence ?? 0,
    from: known?.from ?? 0,
    until: known?.until ?? 0,
    domains: { operator: toHex(known?.operator ?? route.node), subnets: [] },
  };
  const homes = { homes: [key], standIns: [], r: 1, w: 1 };
  return {
    epoch: 0,
    members: [member],
    hash: NONE,
    homes: () => homes,
    member: (asked) => (asked === key ? member : null),
  };
}

function verified(primitives: Primitives, { node }: NodeRoute, encoded: Uint8Array | null): VerifiedDescriptor | null {
  if (encoded === null) return null;
  try {
    return verifyDescriptor(primitives, encoded, { nodeId: node, nowMs: null });
  } catch {
    return null;
  }
}
