import type { FrameCase } from '@sotto/protocol/wire';

/**
 * Who may send a frame (NODE-3). Envelopes leave on anonymous links only and bundles are fetched there, so the
 * node never sees who writes to whom; whatever belongs to a mailbox's owner needs a certified link.
 */
/** `both`: every client. `peer`: other nodes; what they send is looked at by the ring (ring/peer-frames.ts). */
export type FrameRule = 'anonymous' | 'certified' | 'both' | 'peer' | 'node-only' | 'unknown';

export const FRAME_RULES: Readonly<Record<FrameCase, FrameRule>> = {
  send: 'anonymous',
  fetchBundles: 'anonymous',
  find: 'anonymous',
  acknowledge: 'certified',
  attach: 'certified',
  publishKeys: 'certified',
  setAccess: 'certified',
  compareState: 'certified',
  ping: 'both',
  pong: 'both',
  stored: 'node-only',
  refusal: 'node-only',
  delivered: 'node-only',
  deliver: 'node-only',
  attached: 'node-only',
  keyCounts: 'node-only',
  bundles: 'node-only',
  done: 'node-only',
  found: 'node-only',
  presence: 'node-only',
  announcement: 'node-only',
  closing: 'node-only',
  stateCounter: 'node-only',
  fetchView: 'both',
  join: 'anonymous',
  tunnelOpen: 'anonymous',
  tunnelData: 'anonymous',
  tunnelClose: 'anonymous',
  spreadAcks: 'certified',
  peer: 'peer',
  view: 'node-only',
  joined: 'node-only',
  unknown: 'unknown',
};
