/** What workers of one node tell one another: entries of a BatchChannel between a worker and the process that started it. */
import type { DeviceRef } from '../store/relay-store.ts';
import type { PackedReader, PackedWriter } from '../store/sqlite/packed-bytes.ts';
import type { Attachment, LiveEnvelope, LiveMessage, SharedRate } from '../wake/wake.ts';

/** Both ways. */
export const WAKE_STORED = 16;
export const WAKE_ACCESS = 17;
export const WAKE_KEYS_TAKEN = 18;
/** u32 number | device | envelope: answered by WAKE_ANSWER where the number is not 0. */
export const WAKE_LIVE = 19;
/** u32 number | device | message: answered by WAKE_ANSWER. */
export const WAKE_DELIVER = 20;
/** u32 number | u32 what it is */
export const WAKE_ANSWER = 21;
/** From a worker. u32 number | attachment */
export const WAKE_ATTACHED = 22;
export const WAKE_DETACHED = 23;
/** u32 number | u8 rate | mailbox | f64 burst | f64 per second */
export const WAKE_WITHIN = 24;
/** To a worker. attachment */
export const WAKE_REPLACED = 25;
export const WAKE_RESUMED = 26;
/** From a worker, before all others. */
export const WAKE_JOINED = 27;
/** From a worker, after all others. u32 number */
export const WAKE_LEFT = 28;

/** To a worker that was told where a device is: it is there no more. device */
export const WAKE_GONE = 29;
/** From a worker. u32 number | device | u8 length | nonce in ASCII | f64 seconds of its life: YES when another has taken it */
export const WAKE_NONCE = 30;

/** Answers. */
export const NO = 0;
export const YES = 1;
/** In the place of a RefusalCode: acknowledged. */
export const DELIVERED = 0xffff_ffff;

export const RATES: readonly SharedRate[] = ['fetch', 'trusted-fetch', 'one-time'];

const KEY_BYTES = 32;

export function writeDevice(writer: PackedWriter, { mailbox, device }: DeviceRef): void {
  writer.bytes(mailbox);
  writer.u8(device);
}

export const readDevice = (reader: PackedReader): DeviceRef => ({
  mailbox: reader.bytes(KEY_BYTES),
  device: reader.u8(),
});

export const readMailbox = (reader: PackedReader): Uint8Array => reader.bytes(KEY_BYTES);

export function writeDevices(writer: PackedWriter, devices: readonly DeviceRef[]): void {
  writer.u32(devices.length);
  for (const device of devices) writeDevice(writer, device);
}

export function readDevices(reader: PackedReader): DeviceRef[] {
  const count = reader.u32();
  return Array.from({ length: count }, () => readDevice(reader));
}

export function writeAttachment(writer: PackedWriter, attachment: Attachment): void {
  writeDevice(writer, attachment);
  writer.f64(attachment.serial);
}

export const readAttachment = (reader: PackedReader): Attachment => ({ ...readDevice(reader), serial: reader.f64() });

export function writeNonce(writer: PackedWriter, nonce: string): void {
  writer.u8(nonce.length);
  writer.bytes(Buffer.from(nonce, 'ascii'));
}

export const readNonce = (reader: PackedReader): string => Buffer.from(reader.bytes(reader.u8())).toString('ascii');

export function writeEnvelope(writer: PackedWriter, { expires, body }: LiveEnvelope): void {
  writer.f64(expires);
  writer.u32(body.length);
  writer.bytes(body);
}

export const readEnvelope = (reader: PackedReader): LiveEnvelope => ({
  expires: reader.f64(),
  body: reader.bytes(reader.u32()),
});

export function writeMessage(writer: PackedWriter, message: LiveMessage): void {
  writeEnvelope(writer, message);
  writer.u8(message.tokenHash === null ? 0 : 1);
  if (message.tokenHash !== null) writer.bytes(message.tokenHash);
}

export const readMessage = (reader: PackedReader): LiveMessage => ({
  ...readEnvelope(reader),
  tokenHash: reader.u8() === 0 ? null : reader.bytes(KEY_BYTES),
});
