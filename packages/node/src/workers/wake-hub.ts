import type { Clock } from '@sotto/protocol/link';
import { RefusalCode } from '@sotto/protocol/wire';
import { ReplayGuard } from '../http-api/signature/replay-guard.ts';
import { RateByKey } from '../links/rate-by-key.ts';
import type { DeviceRef } from '../store/relay-store.ts';
import type { PackedReader, PackedWriter } from '../store/sqlite/packed-bytes.ts';
import { deviceKey, keyOf } from '../text-key.ts';
import type { SharedRate } from '../wake/wake.ts';
import type { BatchChannel } from './batch-channel.ts';
import { OpenQuestions } from './open-questions.ts';
import * as calls from './wake-calls.ts';

/** What may wait for a worker that does not read: beyond it nothing is passed on, and it is told when it reads again. */
const MOST_BUFFERED = 8 << 20;
/** As many as two workers remember. */
const MOST_NONCES = 400_000;
/** Of a deviceKey(), before the device. */
const KEY_UNITS = 16;

interface Member {
  readonly channel: BatchChannel;
  /** Live messages that it was given and has not answered. */
  readonly delivering: OpenQuestions;
  /** Something was not passed on to it. */
  missed: boolean;
}

interface Place {
  readonly member: Member;
  readonly serial: number;
  /** Who was told that it is there, and is to be told when it is not. */
  told: Set<Member> | null;
}

/** Brings what one worker says to those whom it concerns: it alone knows which device is where (OPS-42). */
export class WakeHub {
  readonly #clock: Clock;
  readonly #members = new Set<Member>();
  readonly #places = new Map<string, Place>();
  readonly #rates = new Map<SharedRate, RateByKey>();
  /** With the first one: most nodes are never asked. */
  #nonces: ReplayGuard | null = null;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Devices that are attached at any worker. */
  get attached(): number {
    return this.#places.size;
  }

  /** @param key deviceKey() */
  isAttached(key: string): boolean {
    return this.#places.has(key);
  }

  /** Whoever keeps access of this account in memory asks again. */
  accessChanged(mailbox: Uint8Array, from: BatchChannel | null = null): void {
    for (const { channel } of this.#members) {
      if (channel !== from) channel.post(calls.WAKE_ACCESS).bytes(mailbox);
    }
  }

  /** A worker; until its channel closes. */
  add(channel: BatchChannel): void {
    const member: Member = { channel, delivering: new OpenQuestions(), missed: false };
    channel.onClosed(() => this.#remove(member));
    channel.onDrained(() => this.#caughtUp(member));
    channel.on(calls.WAKE_JOINED, () => this.#members.add(member));
    channel.on(calls.WAKE_LEFT, (reader) => {
      this.#remove(member);
      this.#answer(member, reader.u32(), calls.YES);
    });
    channel.on(calls.WAKE_STORED, (reader) => this.#stored(member, calls.readDevices(reader)));
    channel.on(calls.WAKE_ATTACHED, (reader) => this.#attached(member, reader));
    channel.on(calls.WAKE_DETACHED, (reader) => this.#detached(member, reader));
    channel.on(calls.WAKE_ACCESS, (reader) => this.accessChanged(calls.readMailbox(reader), channel));
    channel.on(calls.WAKE_KEYS_TAKEN, (reader) => this.#keysTaken(member, calls.readDevices(reader)));
    channel.on(calls.WAKE_LIVE, (reader) => this.#live(member, reader));
    channel.on(calls.WAKE_DELIVER, (reader) => this.#deliver(member, reader));
    channel.on(calls.WAKE_ANSWER, (reader) => member.delivering.answer(reader.u32(), reader.u32()));
    channel.on(calls.WAKE_WITHIN, (reader) => this.#within(member, reader));
    channel.on(calls.WAKE_NONCE, (reader) => this.#takeNonce(member, reader));
  }

  #remove(member: Member): void {
    this.#members.delete(member);
    for (const [key, place] of this.#places) {
      place.told?.delete(member);
      if (place.member === member) this.#gone(key, place);
    }
    // It may have arrived.
    member.delivering.endAll(RefusalCode.NOT_DELIVERED);
  }

  #stored(from: Member, devices: readonly DeviceRef[]): void {
    const elsewhere = new Map<Member, DeviceRef[]>();
    for (const device of devices) {
      const to = this.#placeOf(device)?.member;
      if (to === undefined || to === from) continue;
      const theirs = elsewhere.get(to);
      if (theirs === undefined) elsewhere.set(to, [device]);
      else theirs.push(device);
    }
    for (const [to, theirs] of elsewhere) {
      if (this.#takes(to)) calls.writeDevices(to.channel.post(calls.WAKE_STORED), theirs);
    }
  }

  #attached(member: Member, reader: PackedReader): void {
    const number = reader.u32();
    const { mailbox, device, serial } = calls.readAttachment(reader);
    const key = deviceKey(mailbox, device);
    const before = this.#places.get(key);
    if (before !== undefined && before.member !== member) {
      this.#gone(key, before);
      const writer = before.member.channel.post(calls.WAKE_REPLACED);
      calls.writeAttachment(writer, { mailbox, device, serial: before.serial });
    }
    const told = before?.member === member ? before.told : null;
    this.#places.set(key, { member, serial, told });
    this.#answer(member, number, calls.YES);
  }

  #detached(member: Member, reader: PackedReader): void {
    const { mailbox, device, serial } = calls.readAttachment(reader);
    const key = deviceKey(mailbox, device);
    const place = this.#places.get(key);
    if (place?.member === member && place.serial === serial) this.#gone(key, place);
  }

  #keysTaken(from: Member, devices: readonly DeviceRef[]): void {
    for (const device of devices) {
      const to = this.#placeOf(device)?.member;
      if (to === undefined || to === from || !this.#takes(to)) continue;
      calls.writeDevices(to.channel.post(calls.WAKE_KEYS_TAKEN), [device]);
    }
  }

  #live(from: Member, reader: PackedReader): void {
    const number = reader.u32();
    const device = calls.readDevice(reader);
    const envelope = calls.readEnvelope(reader);
    const place = this.#placeOf(device);
    const to = place?.member;
    const passedOn = to !== undefined && to !== from && this.#takes(to);
    if (passedOn) {
      const writer = to.channel.post(calls.WAKE_LIVE);
      calls.writeDevice(writer, device);
      calls.writeEnvelope(writer, envelope);
    }
    // It knows already, and goes on without asking.
    if (number === 0) return;
    if (passedOn) (place!.told ??= new Set()).add(from);
    this.#answer(from, number, passedOn ? calls.YES : calls.NO);
  }

  #deliver(from: Member, reader: PackedReader): void {
    const number = reader.u32();
    const device = calls.readDevice(reader);
    const message = calls.readMessage(reader);
    const to = this.#placeOf(device)?.member;
    if (to === undefined || to === from) return this.#answer(from, number, RefusalCode.NOT_ATTACHED);
    if (to.channel.bufferedBytes > MOST_BUFFERED) return this.#answer(from, number, RefusalCode.BUSY);
    const writer = to.channel.post(calls.WAKE_DELIVER);
    writer.u32(to.delivering.ask((answer) => this.#answer(from, number, answer)));
    calls.writeDevice(writer, device);
    calls.writeMessage(writer, message);
  }

  #within(member: Member, reader: PackedReader): void {
    const number = reader.u32();
    const rate = calls.RATES[reader.u8()]!;
    const mailbox = calls.readMailbox(reader);
    const [burst, perSecond] = [reader.f64(), reader.f64()];
    let buckets = this.#rates.get(rate);
    if (buckets === undefined) this.#rates.set(rate, (buckets = new RateByKey(burst, perSecond)));
    this.#answer(member, number, buckets.take(keyOf(mailbox), this.#clock.now()) ? calls.YES : calls.NO);
  }

  #takeNonce(member: Member, reader: PackedReader): void {
    const number = reader.u32();
    const { mailbox, device } = calls.readDevice(reader);
    const nonce = calls.readNonce(reader);
    const lifeSeconds = reader.f64();
    this.#nonces ??= new ReplayGuard(lifeSeconds, MOST_NONCES);
    const taken = this.#nonces.take(deviceKey(mailbox, device), nonce, Math.floor(this.#clock.now() / 1000));
    // What cannot be remembered here is remembered by the worker itself.
    this.#answer(member, number, taken === 'replayed' ? calls.YES : calls.NO);
  }

  #answer({ channel }: Member, number: number, answer: number): void {
    if (channel.closed) return;
    const writer = channel.post(calls.WAKE_ANSWER);
    writer.u32(number);
    writer.u32(answer);
  }

  #gone(key: string, { told }: Place): void {
    this.#places.delete(key);
    if (told === null) return;
    for (const { channel } of told) if (!channel.closed) writeDeviceKey(channel.post(calls.WAKE_GONE), key);
  }

  #placeOf({ mailbox, device }: DeviceRef): Place | undefined {
    return this.#places.get(deviceKey(mailbox, device));
  }

  #takes(member: Member): boolean {
    if (member.channel.bufferedBytes <= MOST_BUFFERED) return true;
    member.missed = true;
    return false;
  }

  #caughtUp(member: Member): void {
    if (!member.missed) return;
    member.missed = false;
    member.channel.post(calls.WAKE_RESUMED);
  }
}

/** What deviceKey() was made of. */
function writeDeviceKey(writer: PackedWriter, key: string): void {
  for (let at = 0; at < KEY_UNITS; at++) {
    const unit = key.charCodeAt(at);
    writer.u8(unit & 0xff);
    writer.u8(unit >> 8);
  }
  writer.u8(key.charCodeAt(KEY_UNITS));
}
