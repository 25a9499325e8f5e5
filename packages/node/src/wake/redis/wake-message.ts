import { be32, concat } from '@sotto/protocol/crypto';
import type { DeviceRef } from '../../store/relay-store.ts';
import type { Attachment, LiveEnvelope } from '../wake.ts';

/** What one edge tells another. */
export type WakeMessage =
  | { readonly kind: 'stored' | 'keys'; readonly devices: readonly DeviceRef[] }
  | { readonly kind: 'replaced'; readonly attachment: Attachment }
  /** null: perhaps of any. */
  | { readonly kind: 'access'; readonly mailbox: Uint8Array | null }
  | { readonly kind: 'live'; readonly device: DeviceRef; readonly envelope: LiveEnvelope };

const STORED = 1;
const KEYS = 2;
const REPLACED = 3;
const ACCESS = 4;
const LIVE = 5;
const KEY_BYTES = 32;
const REF_BYTES = KEY_BYTES + 1;

/** kind, 1 B | devices (key, 32 B | number, 1 B) | what belongs to them. Numbers are big-endian. */
export function encodeWakeMessage(message: WakeMessage): Uint8Array {
  switch (message.kind) {
    case 'stored':
    case 'keys':
      return concat(Uint8Array.of(message.kind === 'stored' ? STORED : KEYS), ...message.devices.map(refBytes));
    case 'replaced':
      return concat(Uint8Array.of(REPLACED), refBytes(message.attachment), f64(message.attachment.serial));
    case 'access':
      return concat(Uint8Array.of(ACCESS), message.mailbox ?? new Uint8Array(0));
    case 'live':
      return concat(
        Uint8Array.of(LIVE),
        refBytes(message.device),
        be32(message.envelope.expires),
        message.envelope.body,
      );
  }
}

/** @returns null when it is none, for example of a later version */
export function decodeWakeMessage(bytes: Uint8Array): WakeMessage | null {
  const rest = bytes.subarray(1);
  const view = new DataView(rest.buffer, rest.byteOffset, rest.length);
  switch (bytes[0]) {
    case STORED:
    case KEYS: {
      if (rest.length % REF_BYTES !== 0) return null;
      const devices = Array.from({ length: rest.length / REF_BYTES }, (_, at) => readRef(rest, at * REF_BYTES));
      return { kind: bytes[0] === STORED ? 'stored' : 'keys', devices };
    }
    case REPLACED:
      if (rest.length !== REF_BYTES + 8) return null;
      return { kind: 'replaced', attachment: { ...readRef(rest, 0), serial: view.getFloat64(REF_BYTES) } };
    case ACCESS:
      if (rest.length !== 0 && rest.length !== KEY_BYTES) return null;
      return { kind: 'access', mailbox: rest.length === 0 ? null : rest };
    case LIVE: {
      if (rest.length < REF_BYTES + 4) return null;
      const envelope = { expires: view.getUint32(REF_BYTES), body: rest.subarray(REF_BYTES + 4) };
      return { kind: 'live', device: readRef(rest, 0), envelope };
    }
    default:
      return null;
  }
}

const refBytes = ({ mailbox, device }: DeviceRef): Uint8Array => concat(mailbox, Uint8Array.of(device));

const readRef = (bytes: Uint8Array, at: number): DeviceRef => ({
  mailbox: bytes.subarray(at, at + KEY_BYTES),
  device: bytes[at + KEY_BYTES]!,
});

function f64(value: number): Uint8Array {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setFloat64(0, value);
  return bytes;
}
