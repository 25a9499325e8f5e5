import type { Primitives, Random } from '../crypto/index.ts';
import { sameBytes } from '../crypto/index.ts';
import { MAX_ARCHIVED_SESSIONS, UNANSWERED_SESSION_MS } from './limits.ts';
import type { PrekeyMessage } from './prekey-message.ts';
import { parsePrekeyMessage } from './prekey-message.ts';
import { RatchetError } from './ratchet-error.ts';
import { parseMessage } from './ratchet-message.ts';
import { decryptParsed, decryptRatchet, encrypt } from './session-cipher.ts';
import type { Decrypted, Encrypted } from './session-cipher.ts';
import { decodeSession, encodeSession } from './session-encoding.ts';
import { acceptParsed } from './session-start.ts';
import type { LocalDevice, PrekeyLookup, UsedPrekeys } from './session-start.ts';
import type { SessionState } from './session-state.ts';

/**
 * All sessions with one remote device: the one used for sending, and those that only receive (Sesame, section 3.1).
 * Immutable. Archived sessions stay encoded: they are looked at only when the current one cannot open a message.
 */
export interface SessionRecord {
  readonly current: SessionState | null;
  /** As encodeSession() made them, latest first. */
  readonly archived: readonly Uint8Array[];
  /** The same, but never to be sent with again, whatever the other side does (DR-20). */
  readonly retired: readonly Uint8Array[];
}

export const EMPTY_RECORD: SessionRecord = { current: null, archived: [], retired: [] };

export interface RecordDecrypted {
  readonly record: SessionRecord;
  readonly plaintext: Uint8Array;
  /** The session that opened it, as it is now. */
  readonly session: SessionState;
}

export interface RecordAccepted extends RecordDecrypted {
  /** null: the message belonged to a session already known. */
  readonly used: UsedPrekeys | null;
}

/** The session to send with; null: there is none, or it went unanswered for 30 days (fetch a bundle, start anew). */
export function sendingSession(record: SessionRecord, nowMs: number): SessionState | null {
  const { current } = record;
  if (current === null || current.pending === null) return current;
  return nowMs - current.pending.startedAtMs > UNANSWERED_SESSION_MS ? null : current;
}

/** Makes a session the current one; the one before goes to the archive. */
export function withSession(record: SessionRecord, session: SessionState): SessionRecord {
  return { ...record, current: session, archived: archive(record.current, record.archived) };
}

/**
 * The record without a session to send with: all there are only receive from now on. For a device that cannot trust
 * its state any more (restored from a copy), or whose messages do not open: the next message begins a new session.
 */
export function retireSessions({ current, archived, retired }: SessionRecord): SessionRecord {
  const all = [...archive(current, archived), ...retired];
  return { current: null, archived: [], retired: all.slice(0, MAX_ARCHIVED_SESSIONS) };
}

/** encrypt() with the record's session. @throws RatchetError 'no-session', 'exhausted' */
export function encryptWithRecord(
  primitives: Primitives,
  random: Random,
  record: SessionRecord,
  plaintext: Uint8Array,
  nowMs: number,
): Omit<Encrypted, 'state'> & { readonly record: SessionRecord } {
  const session = sendingSession(record, nowMs);
  if (session === null) throw new RatchetError('no-session', 'no session to send with');
  const { state, ...made } = encrypt(primitives, random, session, plaintext);
  return { ...made, record: { ...record, current: state } };
}

/**
 * Opens a message of kind `ratchet` with whichever session made it: the current one, then the archived from the
 * latest on. An archived one that opens it becomes the current one: the other side sends with it (Sesame, section 3.3).
 * Retired ones come last, and stay retired.
 *
 * @throws RatchetError 'no-session', or what the nearest session said (see decryptRatchet)
 */
export function decryptWithRecord(
  primitives: Primitives,
  random: Random,
  record: SessionRecord,
  message: Uint8Array,
): RecordDecrypted {
  const { current, archived, retired } = record;
  const parsed = parseMessage(message);
  let refusal: RatchetError | null = null;
  const attempt = (session: SessionState): Decrypted | null => {
    try {
      return decryptParsed(primitives, random, session, message, parsed);
    } catch (error) {
      if (!(error instanceof RatchetError)) throw error;
      // Only the session that knows the chain says these: no other one can know better.
      if (error.code === 'duplicate' || error.code === 'bad-padding') throw error;
      refusal ??= error;
      return null;
    }
  };
  if (current !== null) {
    const opened = attempt(current);
    if (opened !== null) return result({ ...record, current: opened.state }, opened);
  }
  for (const [i, encoded] of archived.entries()) {
    const opened = attempt(decodeSession(encoded));
    if (opened !== null) {
      const next = { ...record, current: opened.state, archived: archive(current, archived.toSpliced(i, 1)) };
      return result(next, opened);
    }
  }
  for (const [i, encoded] of retired.entries()) {
    const opened = attempt(decodeSession(encoded));
    if (opened !== null) return result({ ...record, retired: retired.with(i, encodeSession(opened.state)) }, opened);
  }
  throw refusal ?? new RatchetError('no-session', 'no session with this device');
}

/**
 * Opens a message of kind `prekey`: with the session it began, when that is known, else by beginning one. A device's
 * identity key never changes, so one that differs from the current session's is refused.
 *
 * @throws RatchetError as acceptSession(); 'wrong-identity'
 */
export function acceptWithRecord(
  primitives: Primitives,
  random: Random,
  record: SessionRecord,
  local: LocalDevice,
  prekeys: PrekeyLookup,
  message: Uint8Array,
): RecordAccepted {
  const first = parsePrekeyMessage(message);
  const { current, archived, retired } = record;
  if (current !== null && !sameBytes(current.remoteIdentity, first.identityKey)) {
    throw new RatchetError('wrong-identity', 'a first message from another identity key');
  }
  if (current !== null && began(current, first)) {
    const opened = decryptRatchet(primitives, random, current, first.message);
    return { ...result({ ...record, current: opened.state }, opened), used: null };
  }
  for (const [i, encoded] of archived.entries()) {
    const session = decodeSession(encoded);
    if (!began(session, first)) continue;
    const opened = decryptRatchet(primitives, random, session, first.message);
    const next = prevails(session, current)
      ? { ...record, current: opened.state, archived: archive(current, archived.toSpliced(i, 1)) }
      : { ...record, archived: archived.with(i, encodeSession(opened.state)) };
    return { ...result(next, opened), used: null };
  }
  for (const [i, encoded] of retired.entries()) {
    const session = decodeSession(encoded);
    if (!began(session, first)) continue;
    const opened = decryptRatchet(primitives, random, session, first.message);
    return { ...result({ ...record, retired: retired.with(i, encodeSession(opened.state)) }, opened), used: null };
  }
  const accepted = acceptParsed(primitives, random, local, prekeys, first);
  return { ...result(settle(record, accepted.state), accepted), used: accepted.used };
}

/**
 * The record once the other side has begun a session: the new one is current; but when this side has begun one too
 * and had no answer yet, both sides see the same two and choose alike (prevails). Ours holds against one other only:
 * a side that begins again could not use it.
 */
function settle(record: SessionRecord, accepted: SessionState): SessionRecord {
  const { current, archived } = record;
  const pending = current?.pending ?? null;
  if (current === null || pending === null || pending.contested || prevails(accepted, current)) {
    return withSession(record, accepted);
  }
  return {
    ...record,
    current: { ...current, pending: { ...pending, contested: true } },
    archived: archive(accepted, archived),
  };
}

/**
 * Of two sessions begun at once, one by each side and neither answered, the one with the lower base key is used.
 * A repeated first message makes its session current by this rule alone: if ours was answered, it is just late.
 */
function prevails(theirs: SessionState, ours: SessionState | null): boolean {
  if (ours === null || ours.pending === null) return false;
  const at = theirs.baseKey.findIndex((byte, i) => byte !== ours.baseKey[i]);
  return at >= 0 && theirs.baseKey[at]! < ours.baseKey[at]!;
}

const began = (session: SessionState, first: PrekeyMessage): boolean =>
  !session.initiator && sameBytes(session.baseKey, first.baseKey);

/** Puts a session first in the archive. What repeats its handshake is dropped: it will not send unless it is answered. */
function archive(session: SessionState | null, archived: readonly Uint8Array[]): readonly Uint8Array[] {
  if (session === null) return archived;
  return [encodeSession({ ...session, pending: null }), ...archived].slice(0, MAX_ARCHIVED_SESSIONS);
}

function result(record: SessionRecord, opened: Decrypted): RecordDecrypted {
  return { record, plaintext: opened.plaintext, session: opened.state };
}
