export * from './gen/identity_pb.js';
export * from './gen/keys_pb.js';
export * from './gen/link_pb.js';
export * from './gen/content_pb.js';
export * from './gen/signal_pb.js';
