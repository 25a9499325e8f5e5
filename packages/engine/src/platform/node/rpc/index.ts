export { connectProfile } from './connect-profile.ts';
export type { ConnectOptions } from './connect-profile.ts';
export type { OpenEngine } from './profile-attachment.ts';
export { serveRpc } from './serve-rpc.ts';
