export { AROUND_CONTENT_BYTES, envelopeBytesFor } from './envelope-bytes.ts';
export { createSealKey, type SealKeyOwner, type SealKeyPair } from './seal-key.ts';
export { SealedError, type SealedErrorCode } from './sealed-error.ts';
export {
  open,
  seal,
  SEAL_OVERHEAD_BYTES,
  sealKeyIdOf,
  type OpenedMessage,
  type OpenRequest,
  type SealRequest,
} from './sealed-message.ts';
export { verifySender, type SenderClaim } from './verify-sender.ts';
