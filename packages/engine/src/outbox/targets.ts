/** Which devices of a contact to write to, with a session or the keys to start one. */
import { findDevice, verifyBundle } from '@sotto/protocol/identity';
import type { VerifiedBundle, VerifiedSealKey } from '@sotto/protocol/identity';
import { sendingSession } from '@sotto/protocol/ratchet';
import type { PrekeyBundle } from '@sotto/protocol/wire';
import type { OwnIdentity } from '../account/identity-store.ts';
import type { Clock, Primitives } from '../ports.ts';
import { sameBytes } from '@sotto/protocol/crypto';
import { toHex } from '../store/hex.ts';
import type { ContactEntry, Contacts } from '../contacts/contacts.ts';
import type { KnownDevices, RemoteDevices } from '../contacts/remote-devices.ts';
import type { Route } from '../contacts/route.ts';
import { askForBundles } from './bundle-question.ts';
import type { RecipientNodes } from '../ring/recipient-nodes.ts';
import { problemOf, SendingProblem } from './sending-problem.ts';
import type { Sessions } from '../contacts/sessions.ts';

export interface Target {
  readonly device: number;
  readonly sealKey: VerifiedSealKey;
  /** To start a session with; null: there is one. */
  readonly bundle: VerifiedBundle | null;
}

/** A listed device that cannot be written to now. */
export interface AbsentDevice {
  readonly device: number;
  /** It was there once, and has not been online for so long that its keys are too old; else it has none yet. */
  readonly isAway: boolean;
}

/** A device without published keys is not asked for again before. */
const ABSENT_MS = 10_000;
/** Who was away for weeks is looked for so often; anything heard from them ends the waiting sooner. */
const AWAY_MS = 3_600_000;
/** Empty bytes: nothing is presented. */
const NO_ACCESS = new Uint8Array(0);

export class Targets {
  readonly #primitives: Primitives;
  readonly #clock: Clock;
  readonly #contacts: Contacts;
  readonly #devices: RemoteDevices;
  readonly #sessions: Sessions;
  readonly #nodes: Pick<RecipientNodes, 'of'>;
  readonly #own: OwnIdentity;
  /** Listed devices whose node had no keys of theirs, and until when that is taken for granted. */
  readonly #absent = new Map<string, number>();

  constructor(
    platform: { primitives: Primitives; clock: Clock },
    own: OwnIdentity,
    contacts: Contacts,
    devices: RemoteDevices,
    sessions: Sessions,
    nodes: Pick<RecipientNodes, 'of'>,
  ) {
    this.#own = own;
    this.#primitives = platform.primitives;
    this.#clock = platform.clock;
    this.#contacts = contacts;
    this.#devices = devices;
    this.#sessions = sessions;
    this.#nodes = nodes;
  }

  /** Asks their node where something is missing. @throws SendingProblem */
  prepare(contact: ContactEntry, route: Route): Promise<Target[]> {
    return this.prepareGuest(contact.account, route, contact);
  }

  /** Somebody who need not be a contact. @param contact null: nothing is presented. @throws SendingProblem */
  async prepareGuest(account: Uint8Array, route: Route, contact: ContactEntry | null): Promise<Target[]> {
    let known = await this.#knownOrBack(account, route);
    const isStale = this.#devices.isStale(account);
    const missing = known === null ? [] : this.#missing(account, known);
    const needsSessions = known === null || missing.some((device) => !this.#hasSession(account, device));
    let bundles = new Map<number, VerifiedBundle>();
    if (known === null || isStale || missing.length > 0) {
      try {
        ({ known, bundles } = await this.#fetch(account, route, needsSessions || isStale ? contact : null));
        this.#devices.giveUp(account);
        this.#noteAbsent(account, known, bundles);
      } catch (error) {
        const problem = problemOf(error, 'none');
        // A contact whose keys we have can be written to although its list cannot be looked up just now.
        if (known === null || missing.length > 0 || problem.step === 'give-up') throw problem;
      }
    }
    const targets: Target[] = [];
    const isOwn = sameBytes(account, this.#own.account.publicKey);
    const others = this.#others(account, known);
    for (const device of others) {
      const sealKey = this.#usable(known, device);
      const bundle = bundles.get(device) ?? null;
      const hasSession = this.#hasSession(account, device);
      if (sealKey !== null && (hasSession || bundle !== null)) {
        targets.push({ device, sealKey, bundle: hasSession ? null : bundle });
      }
    }
    if (targets.length > 0) return targets;
    // An own device that was just linked publishes its keys soon.
    if (isOwn && others.length > 0) throw new SendingProblem('no-mailbox', 'retry', { retryMs: ABSENT_MS });
    throw new SendingProblem('no-mailbox', 'give-up', { certain: true });
  }

  /** Of the devices known now: null for a target that is not among them any more. */
  absent(account: Uint8Array, targets: readonly Target[]): AbsentDevice[] | null {
    const known = this.#devices.known(account);
    if (known === null) return [];
    const others = this.#others(account, known);
    if (targets.some(({ device }) => !others.includes(device))) return null;
    return others
      .filter((device) => !targets.some((target) => target.device === device))
      .map((device) => ({ device, isAway: this.#hasSession(account, device) }));
  }

  /**
   * What is known of an account's devices. Keys that are too old to be sealed to (ID-13) are those of somebody who has
   * not been online for weeks: looked for now and then, without using up one-time keys. @throws SendingProblem
   */
  async #knownOrBack(account: Uint8Array, route: Route): Promise<KnownDevices | null> {
    const known = this.#devices.known(account);
    if (known === null || !this.#isAway(account, known)) return known;
    const now = await this.lookUp(account, route);
    if (this.#isAway(account, now)) throw new SendingProblem('away', 'retry', { retryMs: AWAY_MS });
    return now;
  }

  #isAway(account: Uint8Array, known: KnownDevices): boolean {
    const sealed = this.#others(account, known).filter((device) => known.sealKeys.has(device));
    return sealed.length > 0 && sealed.every((device) => this.#usable(known, device) === null);
  }

  /** All devices of an account, of our own without this one. */
  #others(account: Uint8Array, known: KnownDevices): number[] {
    const isOwn = sameBytes(account, this.#own.account.publicKey);
    const numbers = known.list.devices.map(({ device }) => device);
    return isOwn ? numbers.filter((device) => device !== this.#own.device.device) : numbers;
  }

  /** Devices that cannot be written to without their keys, and are worth asking for. */
  #missing(account: Uint8Array, known: KnownDevices): number[] {
    return this.#others(account, known).filter((device) => {
      // Who has written is there, whatever was found before.
      if (this.#hasSession(account, device)) return this.#usable(known, device) === null;
      return (this.#absent.get(`${toHex(account)}/${device}`) ?? 0) <= this.#clock.now();
    });
  }

  /** A device that was listed and has not published its keys yet holds up nobody, and costs no question each time. */
  #noteAbsent(account: Uint8Array, known: KnownDevices, bundles: ReadonlyMap<number, unknown>): void {
    for (const device of this.#others(account, known)) {
      const name = `${toHex(account)}/${device}`;
      if (bundles.has(device)) this.#absent.delete(name);
      else if (!this.#hasSession(account, device)) this.#absent.set(name, this.#clock.now() + ABSENT_MS);
    }
  }

  /** The device list of somebody who wrote to us. Uses up none of their one-time keys. @throws SendingProblem */
  async lookUp(account: Uint8Array, route: Route): Promise<KnownDevices> {
    try {
      return (await this.#fetch(account, route, null)).known;
    } catch (error) {
      throw problemOf(error, 'none');
    }
  }

  async #fetch(
    account: Uint8Array,
    route: Route,
    /** Whose access gives one-time keys; null: none are needed. */
    contact: ContactEntry | null,
  ): Promise<{ known: KnownDevices; bundles: Map<number, VerifiedBundle> }> {
    const before = this.#devices.suspicions(account);
    const capability = contact?.capability ?? NO_ACCESS;
    const answer = await askForBundles({
      primitives: this.#primitives,
      reach: await this.#nodes.of(route, account),
      account,
      capability,
      requestToken: capability.length > 0 ? NO_ACCESS : (contact?.requestToken ?? NO_ACCESS),
      onAccessRefused: (problem) => contact !== null && this.forgetAccess(contact, problem),
    });
    if (this.#devices.suspicions(account) !== before) return this.#fetch(account, route, contact);
    if (answer.deviceList === undefined) throw new SendingProblem('no-mailbox', 'give-up', { certain: true });
    // Checked against the list that comes with them; the list itself is checked before anything is kept.
    const listed = this.#devices.accept(account, answer.deviceList, new Map());
    const bundles = new Map<number, VerifiedBundle>();
    for (const bundle of answer.bundles) {
      const verified = this.#verify(bundle, listed);
      if (verified !== null) bundles.set(verified.device, verified);
    }
    const sealKeys = new Map([...bundles].map(([device, { sealKey }]) => [device, sealKey]));
    return { known: this.#devices.accept(account, answer.deviceList, sealKeys), bundles };
  }

  /** A capability or token that was refused is not presented again. */
  forgetAccess(contact: ContactEntry, problem: SendingProblem): void {
    if (problem.step === 'without-capability') this.#contacts.update(contact, { capability: null });
    if (problem.step === 'without-token') this.#contacts.update(contact, { requestToken: null });
  }

  #verify(bundle: PrekeyBundle, known: KnownDevices): VerifiedBundle | null {
    const entry = known.list.devices.find(({ device }) => device === bundle.device);
    const certificate = entry === undefined ? null : findDevice(known.list, entry);
    return certificate === null ? null : verifyBundle(this.#primitives, bundle, certificate);
  }

  #hasSession(account: Uint8Array, device: number): boolean {
    return sendingSession(this.#sessions.read(account, device).record, this.#clock.now()) !== null;
  }

  /** The device's sealing key, while it may be sealed to. */
  #usable(known: KnownDevices, device: number): VerifiedSealKey | null {
    const sealKey = known.sealKeys.get(device);
    return sealKey !== undefined && sealKey.until > this.#clock.now() ? sealKey : null;
  }
}
