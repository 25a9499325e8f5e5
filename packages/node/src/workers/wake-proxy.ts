import { RefusalCode } from '@sotto/protocol/wire';
import type { LiveKeys } from '../live/live-keys.ts';
import type { DeviceRef } from '../store/relay-store.ts';
import { deviceKey } from '../text-key.ts';
import type { Attachment, Edge, LiveEnvelope, LiveMessage, SharedRate, Wake } from '../wake/wake.ts';
import type { PackedWriter } from '../store/sqlite/packed-bytes.ts';
import type { BatchChannel } from './batch-channel.ts';
import { OpenQuestions } from './open-questions.ts';
import * as calls from './wake-calls.ts';

const NO_ANSWER = 0;
const PASSED_ON = Promise.resolve(true);
const DROPPED = Promise.resolve(false);
const MOST_BUFFERED = 8 << 20;
const MOST_KNOWN = 100_000;

/** A worker's way to the other workers: all of it goes through the process that started them (OPS-42). */
export class WakeProxy implements Wake {
  readonly alone = false;
  readonly liveKeys: LiveKeys | null;
  readonly #channel: BatchChannel;
  readonly #questions = new OpenQuestions();
  /** Devices at other workers: what is live goes there without an answer. By deviceKey(). */
  readonly #elsewhere = new Set<string>();

  constructor(channel: BatchChannel, liveKeys: LiveKeys | null) {
    this.#channel = channel;
    this.liveKeys = liveKeys;
    channel.on(calls.WAKE_ANSWER, (reader) => this.#questions.answer(reader.u32(), reader.u32()));
    channel.on(calls.WAKE_GONE, (reader) => {
      const { mailbox, device } = calls.readDevice(reader);
      this.#elsewhere.delete(deviceKey(mailbox, device));
    });
    // The worker ends with it; nobody is to wait until then.
    channel.onClosed(() => this.#questions.endAll(calls.NO));
  }

  join(edge: Edge): void {
    const channel = this.#channel;
    channel.on(calls.WAKE_STORED, (reader) => edge.stored(calls.readDevices(reader)));
    channel.on(calls.WAKE_REPLACED, (reader) => edge.replaced(calls.readAttachment(reader), true));
    channel.on(calls.WAKE_ACCESS, (reader) => edge.accessChanged(calls.readMailbox(reader)));
    channel.on(calls.WAKE_KEYS_TAKEN, (reader) => edge.keysTaken(calls.readDevices(reader)));
    channel.on(calls.WAKE_RESUMED, () => edge.resumed());
    channel.on(calls.WAKE_LIVE, (reader) => {
      edge.live(calls.readDevice(reader), calls.readEnvelope(reader));
    });
    channel.on(calls.WAKE_DELIVER, (reader) => {
      const number = reader.u32();
      void edge.deliver(calls.readDevice(reader), calls.readMessage(reader)).then((refusal) => {
        const writer = channel.post(calls.WAKE_ANSWER);
        writer.u32(number);
        writer.u32(refusal ?? calls.DELIVERED);
      });
    });
    // Only now it could read what is said to all.
    channel.post(calls.WAKE_JOINED);
  }

  stored(devices: readonly DeviceRef[]): void {
    if (devices.length > 0) calls.writeDevices(this.#channel.post(calls.WAKE_STORED), devices);
  }

  attached(attachment: Attachment): Promise<void> {
    return new Promise((resolve) => {
      const writer = this.#ask(calls.WAKE_ATTACHED, () => resolve());
      if (writer !== null) calls.writeAttachment(writer, attachment);
    });
  }

  detached(attachment: Attachment): void {
    calls.writeAttachment(this.#channel.post(calls.WAKE_DETACHED), attachment);
  }

  accessChanged(mailbox: Uint8Array): void {
    this.#channel.post(calls.WAKE_ACCESS).bytes(mailbox);
  }

  keysTaken(devices: readonly DeviceRef[]): void {
    calls.writeDevices(this.#channel.post(calls.WAKE_KEYS_TAKEN), devices);
  }

  live(device: DeviceRef, envelope: LiveEnvelope): Promise<boolean> {
    // Nobody waits for these: they may be lost, and must not gather here.
    if (this.#channel.bufferedBytes > MOST_BUFFERED) return DROPPED;
    const key = deviceKey(device.mailbox, device.device);
    if (this.#elsewhere.has(key)) {
      const writer = this.#channel.post(calls.WAKE_LIVE);
      writer.u32(NO_ANSWER);
      calls.writeDevice(writer, device);
      calls.writeEnvelope(writer, envelope);
      return PASSED_ON;
    }
    return new Promise((resolve) => {
      const writer = this.#ask(calls.WAKE_LIVE, (answer) => {
        if (answer === calls.YES) this.#found(key);
        resolve(answer === calls.YES);
      });
      if (writer === null) return;
      calls.writeDevice(writer, device);
      calls.writeEnvelope(writer, envelope);
    });
  }

  deliver(device: DeviceRef, message: LiveMessage): Promise<RefusalCode | null> {
    return new Promise((resolve) => {
      const writer = this.#ask(calls.WAKE_DELIVER, (answer) => {
        // What the other end of a broken channel made of it is not known.
        if (answer === calls.DELIVERED) resolve(null);
        else resolve(answer === calls.NO ? RefusalCode.NOT_DELIVERED : answer);
      });
      if (writer === null) return;
      calls.writeDevice(writer, device);
      calls.writeMessage(writer, message);
    });
  }

  within(rate: SharedRate, mailbox: Uint8Array, burst: number, perSecond: number): Promise<boolean> {
    return new Promise((resolve) => {
      const writer = this.#ask(calls.WAKE_WITHIN, (answer) => resolve(answer === calls.YES));
      if (writer === null) return;
      writer.u8(calls.RATES.indexOf(rate));
      writer.bytes(mailbox);
      writer.f64(burst);
      writer.f64(perSecond);
    });
  }

  takeNonce(device: DeviceRef, nonce: string, lifeSeconds: number): Promise<boolean> {
    return new Promise((resolve) => {
      const writer = this.#ask(calls.WAKE_NONCE, (answer) => resolve(answer !== calls.YES));
      if (writer === null) return;
      calls.writeDevice(writer, device);
      calls.writeNonce(writer, nonce);
      writer.f64(lifeSeconds);
    });
  }

  close(): Promise<void> {
    return new Promise((resolve) => this.#ask(calls.WAKE_LEFT, () => resolve()));
  }

  #found(key: string): void {
    if (this.#elsewhere.size >= MOST_KNOWN) this.#elsewhere.clear();
    this.#elsewhere.add(key);
  }

  /** @returns where the question goes on; null: it was answered, there is nobody to ask */
  #ask(kind: number, answered: (answer: number) => void): PackedWriter | null {
    if (this.#channel.closed) {
      answered(calls.NO);
      return null;
    }
    const writer = this.#channel.post(kind);
    writer.u32(this.#questions.ask(answered));
    return writer;
  }
}
