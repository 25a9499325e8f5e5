export * from './api.ts';
export * from './ports.ts';
export { linkDevice } from './devices/link-device.ts';
export type { LinkedDevice, LinkOptions, LinkProgress } from './devices/link-device.ts';
export { createIdentity, hasIdentity } from './create-identity.ts';
export type { NewIdentity } from './create-identity.ts';
export { Engine, openEngine } from './engine.ts';
export type { OpenOptions } from './engine.ts';
