/** Links to nodes (docs/protocol/connection.md). */
export { AnonymousLinks } from './anonymous-links.ts';
export { checkRoomKey } from './check-room-key.ts';
export { ConnectionError } from './connection-error.ts';
export type { ConnectionState, DescriptorCache, NodeRequests, NodeRoute } from './connection.ts';
export { expectAnswer } from './expect-answer.ts';
export { HomeConnection } from './home-connection.ts';
export { HomeVisit, isNotHome, isUnknownThere } from './home-visit.ts';
export type { AcknowledgeSink } from './home-visit.ts';
export { discoverNode } from './node-discovery.ts';
export { requestOnce } from './request-once.ts';
