import { checkCount, checkLength, checkOptionalLength, checkRange, checkName, checkSize, checkUrls } from './checks.ts';
import { checkVersion, required } from './checks.ts';
import { decodeStrict } from './decode-strict.ts';
import {
  DeviceCertificateBodySchema,
  DeviceCertificateSchema,
  DeviceListBodySchema,
  DeviceListSchema,
  InviteSchema,
  LinkCodeSchema,
  NodeDescriptorBodySchema,
  NodeDescriptorSchema,
} from './gen/identity_pb.js';
import type {
  Admission,
  DeviceCertificate,
  DeviceCertificateBody,
  DeviceList,
  DeviceListBody,
  Invite,
  LinkCode,
  NodeDescriptor,
  NodeDescriptorBody,
  Route,
} from './gen/identity_pb.js';
import {
  MAX_ADMISSION,
  MAX_ADMISSIONS,
  MAX_CERTIFICATE,
  MAX_DESCRIPTOR,
  MAX_DEVICE,
  MAX_DEVICE_LIST,
  MAX_FOUNDERS,
  MAX_INVITE,
} from './limits.ts';
import { WireError } from './wire-error.ts';

// Shape only (WIRE-4): versions, lengths, ranges. Signatures and chains are checked by identity.

export function checkCertificate(message: DeviceCertificate): void {
  checkSize(message.body, MAX_CERTIFICATE, 'DeviceCertificate.body');
  checkLength(message.accountSignature, 64, 'DeviceCertificate.account_signature');
  checkLength(message.deviceSignature, 64, 'DeviceCertificate.device_signature');
}

/** @throws WireError */
export function decodeDeviceCertificate(bytes: Uint8Array): DeviceCertificate {
  const message = decodeStrict(DeviceCertificateSchema, bytes, MAX_CERTIFICATE);
  checkCertificate(message);
  return message;
}

/** @throws WireError */
export function decodeDeviceCertificateBody(bytes: Uint8Array): DeviceCertificateBody {
  const message = decodeStrict(DeviceCertificateBodySchema, bytes, MAX_CERTIFICATE);
  checkVersion(message.version, 1, 'DeviceCertificateBody');
  checkLength(message.account, 32, 'DeviceCertificateBody.account');
  checkRange(message.device, 1, MAX_DEVICE, 'DeviceCertificateBody.device');
  checkLength(message.identityKey, 33, 'DeviceCertificateBody.identity_key');
  checkLength(message.signingKey, 32, 'DeviceCertificateBody.signing_key');
  checkLength(message.linkKey, 32, 'DeviceCertificateBody.link_key');
  return message;
}

export function checkDeviceList(message: DeviceList): void {
  checkSize(message.body, MAX_DEVICE_LIST, 'DeviceList.body');
  checkLength(message.signature, 64, 'DeviceList.signature');
}

/** @throws WireError */
export function decodeDeviceList(bytes: Uint8Array): DeviceList {
  const message = decodeStrict(DeviceListSchema, bytes, MAX_DEVICE_LIST);
  checkDeviceList(message);
  return message;
}

/** @throws WireError */
export function decodeDeviceListBody(bytes: Uint8Array): DeviceListBody {
  const message = decodeStrict(DeviceListBodySchema, bytes, MAX_DEVICE_LIST);
  checkVersion(message.version, 1, 'DeviceListBody');
  checkLength(message.account, 32, 'DeviceListBody.account');
  checkCount(message.devices, MAX_DEVICE, 'DeviceListBody.devices');
  for (const certificate of message.devices) checkCertificate(certificate);
  checkOptionalLength(message.previousHash, 32, 'DeviceListBody.previous_hash');
  checkRange(message.highestDevice, 0, MAX_DEVICE, 'DeviceListBody.highest_device');
  return message;
}

/** The chain of admissions up to a founder's. */
export function checkAdmission(message: Admission, field: string): void {
  let depth = 0;
  for (let link: Admission | undefined = message; link !== undefined; link = link.by) {
    if (++depth > MAX_ADMISSIONS) throw new WireError('too-many', `${field}: more than ${MAX_ADMISSIONS} in a chain`);
    checkSize(link.body, MAX_ADMISSION, `${field}.body`);
    checkLength(link.signature, 64, `${field}.signature`);
  }
}

export function checkDescriptor(message: NodeDescriptor): void {
  checkSize(message.body, MAX_DESCRIPTOR, 'NodeDescriptor.body');
  checkLength(message.signature, 64, 'NodeDescriptor.signature');
}

/** @throws WireError */
export function decodeNodeDescriptor(bytes: Uint8Array): NodeDescriptor {
  const message = decodeStrict(NodeDescriptorSchema, bytes, MAX_DESCRIPTOR);
  checkDescriptor(message);
  return message;
}

/** @throws WireError */
export function decodeNodeDescriptorBody(bytes: Uint8Array): NodeDescriptorBody {
  const message = decodeStrict(NodeDescriptorBodySchema, bytes, MAX_DESCRIPTOR);
  checkVersion(message.version, 1, 'NodeDescriptorBody');
  checkLength(message.node, 32, 'NodeDescriptorBody.node');
  checkLength(message.linkKey, 32, 'NodeDescriptorBody.link_key');
  checkLength(message.network, 32, 'NodeDescriptorBody.network');
  checkUrls(message.urls, 'NodeDescriptorBody.urls');
  checkCount(message.capabilities, 16, 'NodeDescriptorBody.capabilities');
  for (const capability of message.capabilities)
    checkRange(capability.length, 1, 32, 'NodeDescriptorBody.capabilities');
  checkLength(message.operator, 32, 'NodeDescriptorBody.operator');
  if (message.admission !== undefined) checkAdmission(message.admission, 'NodeDescriptorBody.admission');
  checkCount(message.founders, MAX_FOUNDERS, 'NodeDescriptorBody.founders');
  for (const founder of message.founders) checkLength(founder, 32, 'NodeDescriptorBody.founders');
  if (message.epochSeconds !== 0) checkRange(message.epochSeconds, 1, 86_400, 'NodeDescriptorBody.epoch_seconds');
  return message;
}

export function checkRoute(message: Route): void {
  checkLength(message.network, 32, 'Route.network');
  checkLength(message.node, 32, 'Route.node');
  checkUrls(message.urls, 'Route.urls');
}

/** @throws WireError */
export function decodeInvite(bytes: Uint8Array): Invite {
  const message = decodeStrict(InviteSchema, bytes, MAX_INVITE);
  checkVersion(message.version, 1, 'Invite');
  checkLength(message.account, 32, 'Invite.account');
  checkRoute(required(message.route, 'Invite.route'));
  checkName(message.name, 'Invite.name');
  checkOptionalLength(message.requestToken, 16, 'Invite.request_token');
  checkOptionalLength(message.psk, 32, 'Invite.psk');
  return message;
}

/** @throws WireError */
export function decodeLinkCode(bytes: Uint8Array): LinkCode {
  const message = decodeStrict(LinkCodeSchema, bytes, MAX_INVITE);
  checkVersion(message.version, 1, 'LinkCode');
  checkLength(message.account, 32, 'LinkCode.account');
  checkRoute(required(message.route, 'LinkCode.route'));
  checkLength(message.requestToken, 16, 'LinkCode.request_token');
  checkLength(message.secret, 16, 'LinkCode.secret');
  checkLength(message.identityKey, 33, 'LinkCode.identity_key');
  checkLength(message.signingKey, 32, 'LinkCode.signing_key');
  checkLength(message.linkKey, 32, 'LinkCode.link_key');
  checkOptionalLength(message.psk, 32, 'LinkCode.psk');
  return message;
}
