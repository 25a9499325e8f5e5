export { createServer, type NodeServer, type ServerOptions } from './create-server.ts';
export { nodeClock } from './node-clock.ts';
