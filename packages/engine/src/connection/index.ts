/**
 * Links to nodes.
 *
 * - `new HomeConnection(options: HomeConnectionOptions)`: start(), stop(): Promise<void>, reconnectNow(), state,
 *   request(), post() (NodeRequests), acknowledge(ids: readonly Uint8Array[])
 * - `new AnonymousLinks(options: AnonymousLinksOptions)`: to(route: NodeRoute): NodeRequests, close()
 * - `discoverNode({platform, url, pinnedNode: Uint8Array | null}): Promise<VerifiedDescriptor>`
 * - `expectAnswer(answer, 'bundles')`
 */
export * from './connection.ts';
export * from './connection-error.ts';
