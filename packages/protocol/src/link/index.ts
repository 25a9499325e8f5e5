export * from './ports.ts';
export { CLOSE, closeOf, type Close, type CloseReason } from './close-code.ts';
export { LinkError, type LinkErrorCode } from './link-error.ts';
export { DESCRIPTOR_SUBPROTOCOL, parseSubprotocol, subprotocolOf } from './subprotocol.ts';
export { MAX_HANDSHAKE_MESSAGE } from './hello.ts';
export { LinkChannel, MESSAGE_OVERHEAD } from './link-channel.ts';
export {
  LinkInitiator,
  type LinkIdentity,
  type LinkInitiatorOptions,
  type LinkStep,
  type PeerIdentity,
} from './link-initiator.ts';
export { LinkResponder, type LinkResponderOptions } from './link-responder.ts';
