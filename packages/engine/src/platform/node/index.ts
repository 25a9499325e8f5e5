export { nodeClock } from './node-clock.ts';
export { NodeStore } from './node-store.ts';
export { profileDirectory } from './profile-directory.ts';
export { ProfileError } from './profile-error.ts';
export type { ProfileErrorCode } from './profile-error.ts';
export { openEphemeralProfile, openProfile } from './profile.ts';
export type { Profile } from './profile.ts';
export { wsDialer } from './ws-dialer.ts';
