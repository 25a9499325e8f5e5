export * from './limits.ts';
export { LATEST_POST_QUANTUM, postQuantumRatchet } from './post-quantum-ratchet.ts';
export type { PostQuantumRatchet, PostQuantumReceive, PostQuantumSend } from './post-quantum-ratchet.ts';
export { RatchetError } from './ratchet-error.ts';
export type { RatchetErrorCode } from './ratchet-error.ts';
export { decodeRecord, encodeRecord } from './record-encoding.ts';
export { decryptRatchet, encrypt } from './session-cipher.ts';
export type { Decrypted, Encrypted, MessageKind } from './session-cipher.ts';
export { decodeSession, encodeSession } from './session-encoding.ts';
export {
  acceptWithRecord,
  decryptWithRecord,
  EMPTY_RECORD,
  encryptWithRecord,
  retireSessions,
  sendingSession,
  withSession,
} from './session-record.ts';
export type { RecordAccepted, RecordDecrypted, SessionRecord } from './session-record.ts';
export { acceptSession, startSession } from './session-start.ts';
export type { Accepted, LocalDevice, LocalPrekey, PrekeyLookup, UsedPrekeys } from './session-start.ts';
export type { PendingHandshake, ReceivingChain, SendingChain, SessionState } from './session-state.ts';
