import {
  checkCount,
  checkLength,
  checkOptionalLength,
  checkRange,
  checkSize,
  checkText,
  checkUrls,
  checkVersion,
  required,
} from './checks.ts';
import { decodeStrict } from './decode-strict.ts';
import { AdmissionBodySchema } from './gen/identity_pb.js';
import type { AdmissionBody } from './gen/identity_pb.js';
import { JoinTokenSchema } from './gen/ring_pb.js';
import type {
  FetchView,
  Join,
  Joined,
  JoinToken,
  SpreadAcks,
  TunnelClose,
  TunnelData,
  TunnelOpen,
  View,
} from './gen/ring_pb.js';
import { checkAdmission, checkDescriptor } from './identity-message.ts';
import {
  MAX_ACKNOWLEDGED_IDS,
  MAX_ADMISSION,
  MAX_CLOSE_REASON,
  MAX_DESCRIPTORS,
  MAX_DEVICE,
  MAX_FOUNDERS,
  MAX_INVITE,
  MAX_TUNNEL_DATA,
} from './limits.ts';
import { WireError } from './wire-error.ts';

// Shape only (WIRE-4) of what clients and newcomers say about the ring. Signatures are checked by ring.

/** @throws WireError */
export function decodeAdmissionBody(bytes: Uint8Array): AdmissionBody {
  const message = decodeStrict(AdmissionBodySchema, bytes, MAX_ADMISSION);
  checkVersion(message.version, 1, 'AdmissionBody');
  checkLength(message.network, 32, 'AdmissionBody.network');
  checkLength(message.node, 32, 'AdmissionBody.node');
  checkLength(message.operator, 32, 'AdmissionBody.operator');
  checkLength(message.nonce, 32, 'AdmissionBody.nonce');
  checkLength(message.admitter, 32, 'AdmissionBody.admitter');
  return message;
}

/** @throws WireError */
export function decodeJoinToken(bytes: Uint8Array): JoinToken {
  const message = decodeStrict(JoinTokenSchema, bytes, MAX_INVITE);
  checkVersion(message.version, 1, 'JoinToken');
  checkLength(message.network, 32, 'JoinToken.network');
  checkUrls(message.urls, 'JoinToken.urls');
  checkLength(message.node, 32, 'JoinToken.node');
  checkLength(message.secret, 16, 'JoinToken.secret');
  return message;
}

export function checkFetchView(value: FetchView): void {
  checkOptionalLength(value.known, 8, 'FetchView.known');
}

export function checkView(value: View): void {
  checkLength(value.hash, 8, 'View.hash');
  checkCount(value.descriptors, MAX_DESCRIPTORS, 'View.descriptors');
  for (const descriptor of value.descriptors) checkDescriptor(descriptor);
}

export function checkJoin(value: Join): void {
  checkLength(value.node, 32, 'Join.node');
  checkLength(value.operator, 32, 'Join.operator');
  checkOptionalLength(value.secret, 16, 'Join.secret');
}

export function checkJoined(value: Joined): void {
  checkAdmission(required(value.admission, 'Joined.admission'), 'Joined.admission');
  checkCount(value.founders, MAX_FOUNDERS, 'Joined.founders');
  for (const founder of value.founders) checkLength(founder, 32, 'Joined.founders');
  checkRange(value.epochSeconds, 1, 86_400, 'Joined.epoch_seconds');
}

export function checkTunnelOpen(value: TunnelOpen): void {
  checkTunnel(value.tunnel, 'TunnelOpen.tunnel');
  checkLength(value.node, 32, 'TunnelOpen.node');
  checkRange(value.subprotocol.length, 1, 64, 'length of TunnelOpen.subprotocol');
}

export function checkTunnelData(value: TunnelData): void {
  checkTunnel(value.tunnel, 'TunnelData.tunnel');
  checkSize(value.data, MAX_TUNNEL_DATA, 'TunnelData.data');
}

export function checkTunnelClose(value: TunnelClose): void {
  checkTunnel(value.tunnel, 'TunnelClose.tunnel');
  checkRange(value.code, 0, 4999, 'TunnelClose.code');
  checkText(value.reason, MAX_CLOSE_REASON, 'TunnelClose.reason');
}

export function checkSpreadAcks(value: SpreadAcks): void {
  checkLength(value.account, 32, 'SpreadAcks.account');
  checkRange(value.device, 1, MAX_DEVICE, 'SpreadAcks.device');
  checkSize(value.ids, MAX_ACKNOWLEDGED_IDS * 32, 'SpreadAcks.ids');
  if (value.ids.length % 32 !== 0 || value.ids.length / 32 !== value.expires.length) {
    throw new WireError('bad-length', 'SpreadAcks.ids: must be 32 bytes for each expiry');
  }
  checkLength(value.signature, 64, 'SpreadAcks.signature');
}

function checkTunnel(tunnel: number, field: string): void {
  if (tunnel === 0) throw new WireError('missing-field', `${field}: missing`);
}
