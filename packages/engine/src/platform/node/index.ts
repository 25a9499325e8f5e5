/**
 * What a program on Node needs to use a profile. Only what a client of a running owner needs is loaded at once: a
 * command beside it starts in a third of the time. `@sotto/engine/platform/node/profile` is for who wants a profile
 * for itself.
 */
export type { AskPassphrase, KeyProtection } from './keys/database-key.ts';
export { NodeStore } from './node-store.ts';
export { profileDirectory } from './profile-directory.ts';
export { ProfileError } from './profile-error.ts';
export type { ProfileErrorCode } from './profile-error.ts';
export type { Profile } from './profile.ts';
export { connectProfile, serveRpc } from './rpc/index.ts';
export type { ConnectOptions, OpenEngine } from './rpc/index.ts';
