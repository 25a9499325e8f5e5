/** Where somebody is reached, as contacts keep it. */
import { checkRoute } from '@sotto/protocol/identity';
import { create, RouteSchema } from '@sotto/protocol/wire';
import type { Route as WireRoute } from '@sotto/protocol/wire';
import { sameBytes } from '@sotto/protocol/crypto';
import type { NodeRoute } from '../connection/index.ts';

export type Route = NodeRoute;

/** null when it names nothing one could dial. */
export function routeFromWire(route: WireRoute | undefined, psk: Uint8Array | null): Route | null {
  if (route === undefined) return null;
  try {
    const { network, node, urls } = checkRoute(route);
    return { network: network.slice(), node: node.slice(), urls, psk };
  } catch {
    return null;
  }
}

export function routeToWire(route: Route): WireRoute {
  return create(RouteSchema, { network: route.network, node: route.node, urls: [...route.urls] });
}

export function sameRoute(a: Route | null, b: Route | null): boolean {
  if (a === null || b === null) return a === b;
  return (
    sameBytes(a.network, b.network) &&
    sameBytes(a.node, b.node) &&
    a.urls.join(' ') === b.urls.join(' ') &&
    (a.psk === null || b.psk === null ? a.psk === b.psk : sameBytes(a.psk, b.psk))
  );
}
