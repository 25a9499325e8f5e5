export { capabilityHash, requestTokenHash, SECRET_BYTES } from './access.ts';
export { announcementBytes, signAnnouncement, verifyAnnouncement, type AnnouncementFields } from './announcement.ts';
export { conversationId } from './conversation.ts';
export {
  DEFAULT_EXPIRY_SECONDS,
  envelopeId,
  envelopeProblem,
  MAX_EXPIRY_SECONDS,
  sizeClassFor,
  type Envelope,
} from './envelope.ts';
export { LIVE_BODY_BYTES, LIVE_SECONDS } from './live.ts';
export { MailboxError, type MailboxErrorCode } from './mailbox-error.ts';
export { MAX_LEAVES, merklePaths, merkleRoot, merkleTree, verifyPath, type MerkleTree } from './merkle.ts';
export { MAX_CONTENT_BYTES, padContent, PADDING_STEP, padTo, unpad, unpadContent } from './padding.ts';
export { DEFAULT_QUOTA, EPOCH_SECONDS, TOMBSTONE_SECONDS, type Lane, type Quota } from './quota.ts';
export {
  buildReceipts,
  signReceipt,
  verifyReceipt,
  verifyReceipts,
  type ReceiptHead,
  type ReceiptItem,
  type Receipts,
} from './receipt.ts';
