export * from './gen/identity_pb.js';
export * from './gen/keys_pb.js';
export * from './gen/link_pb.js';
export * from './gen/content_pb.js';
export * from './gen/signal_pb.js';
export * from './gen/ring_pb.js';
export { create, type MessageInitShape } from '@bufbuild/protobuf';
export * from './wire-error.ts';
export * from './limits.ts';
export { decodeStrict, encode } from './decode-strict.ts';
export {
  decodeDeviceCertificate,
  decodeDeviceCertificateBody,
  decodeDeviceList,
  decodeDeviceListBody,
  decodeInvite,
  decodeLinkCode,
  decodeNodeDescriptor,
  decodeNodeDescriptorBody,
} from './identity-message.ts';
export {
  decodeBundle,
  decodeKeyUpload,
  decodeKyberPrekey,
  decodeOneTimeKey,
  decodeSealKey,
  decodeSignedPrekey,
} from './key-message.ts';
export { decodeContent, decodeSealedMessage } from './content-message.ts';
export { decodePreKeySignalMessage, decodeSignalMessage } from './signal-message.ts';
export { decodeHello, LINK_VERSION } from './hello-message.ts';
export { decodeAdmissionBody, decodeJoinToken } from './ring-message.ts';
// The frames of the hot codec take the place of the generated type of the same name.
export type { Frame } from './frame.ts';
export type {
  AcknowledgeFrame,
  BodyOf,
  ClosingFrame,
  ColdFrameBody,
  DeliverFrame,
  EmptyFrame,
  FrameBody,
  FrameCase,
  RefusalFrame,
  SendFrame,
  StoredFrame,
  StoredItemFrame,
  UnknownFrame,
} from './frame.ts';
export { decodePacket } from './decode-packet.ts';
export { encodeFrame, PacketWriter } from './packet-writer.ts';
