/**
 * The approving device's side of linking: certifies the keys in the code, publishes the new list, and hands over what
 * the new device needs to begin. Only who holds the account's key can do it (DEV-3, DEV-5).
 */
import { certificateBody, certifyDevice, IdentityError, MAX_DEVICES, parseLinkCode } from '@sotto/protocol/identity';
import type { AccountKeys, LinkCode, VerifiedCertificate } from '@sotto/protocol/identity';
import { sameBytes } from '@sotto/protocol/crypto';
import {
  create,
  decodeDeviceCertificate,
  decodeDeviceList,
  LinkContactsSchema,
  LinkProposalSchema,
  LinkWelcomeSchema,
  MAX_DEVICE,
  SyncStreamSchema,
} from '@sotto/protocol/wire';
import type { Content, LinkStep, SyncContact, SyncStream } from '@sotto/protocol/wire';
import { EngineError } from '../api.ts';
import type { ContactEntry } from '../contacts/contacts.ts';
import { routeToWire } from '../contacts/route.ts';
import type { EngineParts } from '../engine-parts.ts';
import { nextToldOrder } from '../outbox/own-orders.ts';
import { toHex } from '../store/hex.ts';
import type { ArchiveOut } from './archive-out.ts';
import { sendStep } from './link-steps.ts';
import type { LinkParty } from './link-steps.ts';
import { devicesToWire } from './self-sync.ts';
import { contactToWire, settingsToWire } from './sync-contact.ts';
import { say } from '../sentences/say.ts';
import { ofIdentity } from '../engine-errors.ts';

/** How long the new device may take for each of its answers. */
const ANSWER_MS = 60_000;
/** Contacts in one part. */
const CONTACTS_A_PART = 64;

export interface Approval {
  readonly code: string;
  /** Send recent messages as well. */
  readonly history: boolean;
  /** What the device is called; else what it calls itself. */
  readonly name: string | undefined;
  readonly phrase: string | undefined;
}

export class LinkApproval implements LinkParty {
  readonly #parts: EngineParts;
  readonly #archive: ArchiveOut;
  #peer: ContactEntry | null = null;
  #onSignature: (step: { deviceSignature: Uint8Array; name: string }) => void = () => undefined;

  constructor(parts: EngineParts, archive: ArchiveOut) {
    this.#parts = parts;
    this.#archive = archive;
  }

  /** @returns the new device's number. @throws EngineError in words for the person */
  async run({ code: text, history, name, phrase }: Approval): Promise<number> {
    const { ownSide } = this.#parts;
    const code = this.#read(text);
    const account = ownSide.devices.accountKeys(phrase);
    try {
      const { certificate, suggested } = await this.#certify(account, code);
      await ownSide.devices.change(account, (list) => [
        ...list.devices.map(({ encoded }) => encoded),
        certificate.encoded,
      ]);
      await this.#welcome(certificate, name ?? suggested, history);
      return certificate.device;
    } finally {
      this.#forgetPeer();
      if (phrase !== undefined) account.seed.fill(0);
    }
  }

  /** @throws EngineError('bad-input') */
  #read(text: string): LinkCode {
    const { timers, database, own, contacts } = this.#parts;
    const code = readLinkCode(text, timers.now());
    if (database.getMeta(usedName(code)) !== null) {
      throw new EngineError('bad-input', say('link-code-used'));
    }
    const known = contacts.byAccount(code.account);
    if (sameBytes(code.account, own.account.publicKey) || (known !== null && known.role !== 'link')) {
      throw new EngineError('bad-input', say('link-code-not-new'));
    }
    const { devices, highestDevice } = own.deviceList;
    if (devices.length >= MAX_DEVICES) {
      throw new EngineError('bad-input', say('devices-too-many', { most: MAX_DEVICES }));
    }
    if (highestDevice >= MAX_DEVICE) {
      throw new EngineError('bad-input', say('devices-used-up'));
    }
    return code;
  }

  /** Proposes a certificate, and puts the account's signature and the new device's together. */
  async #certify(
    account: AccountKeys,
    code: LinkCode,
  ): Promise<{ certificate: VerifiedCertificate; suggested: string }> {
    const { database, own, contacts, profile, platform, timers, ownSide } = this.#parts;
    await ownSide.devices.refreshOrFail();
    const body = certificateBody(account.publicKey, own.deviceList.highestDevice + 1, code.keys, timers.now());
    const { home } = profile.current;
    const psk = code.psk ?? (home !== null && sameBytes(home.node, code.route.node) ? home.psk : null);
    const known = { route: { ...code.route, psk }, requestToken: code.requestToken };
    const answer = Promise.withResolvers<{ deviceSignature: Uint8Array; name: string }>();
    this.#onSignature = answer.resolve;
    database.transaction(() => {
      const before = contacts.byAccount(code.account);
      this.#peer =
        before === null ? contacts.add(code.account, 'accepted', known, 'link') : contacts.update(before, known);
      const proposal = create(LinkProposalSchema, { secret: code.secret, certificateBody: body });
      sendStep(this.#parts, this.#peer, { case: 'proposal', value: proposal });
    });
    const cancel = timers.after(ANSWER_MS, () => answer.reject(new EngineError('try-later', say('link-silent'), true)));
    const { deviceSignature, name } = await answer.promise.finally(cancel);
    database.transaction(() => database.setMeta(usedName(code), { at: timers.now() }));
    try {
      const certificate = certifyDevice(platform.primitives, account, body, deviceSignature);
      return { certificate, suggested: name };
    } catch (error) {
      throw new EngineError('not-allowed', say('link-unsigned'), false, {
        cause: error,
      });
    }
  }

  async #welcome(certificate: VerifiedCertificate, name: string, history: boolean): Promise<void> {
    const { database, own, contacts, profile, ownSide, timers } = this.#parts;
    const { home } = profile.current;
    const peer = this.#peer;
    if (home === null || peer === null) throw new EngineError('unreachable', say('node-unreached'), true);
    const ids: Uint8Array[] = [];
    database.transaction(() => {
      ownSide.names.rename(certificate.device, name, timers.now());
      const archive = history ? this.#archive.prepare(certificate.device) : { parts: 0, messages: 0 };
      const told = contacts.all().map((contact) => this.#contact(contact));
      const parts = Math.ceil(told.length / CONTACTS_A_PART);
      for (let part = 1; part <= parts; part++) {
        const some = told.slice((part - 1) * CONTACTS_A_PART, part * CONTACTS_A_PART);
        const value = create(LinkContactsSchema, { part, contacts: some });
        ids.push(sendStep(this.#parts, peer, { case: 'contacts', value }));
      }
      const welcome = create(LinkWelcomeSchema, {
        certificate: decodeDeviceCertificate(certificate.encoded),
        deviceList: decodeDeviceList(own.deviceList.encoded),
        home: routeToWire(home),
        psk: home.psk ?? new Uint8Array(0),
        settings: settingsToWire(profile.current),
        archiveParts: archive.parts,
        archiveMessages: archive.messages,
        contactParts: parts,
        devices: devicesToWire(ownSide.names),
        streams: ownSide.streams(),
      });
      ids.push(sendStep(this.#parts, peer, { case: 'welcome', value: welcome }));
      ownSide.sync.devicesChanged();
    });
    await this.#untilTaken(peer, ids);
  }

  /** The new device confirms each step. */
  #untilTaken(peer: ContactEntry, ids: readonly Uint8Array[]): Promise<void> {
    const { rows, timers } = this.#parts;
    const endMs = timers.now() + ANSWER_MS;
    const isTaken = (): boolean => ids.every((id) => rows.remaining(peer.id, id) === 0);
    return new Promise((resolve, reject) => {
      const look = (): void => {
        if (isTaken()) return resolve();
        if (timers.now() < endMs) return void timers.after(100, look);
        reject(new EngineError('try-later', say('link-unconfirmed'), false));
      };
      look();
    });
  }

  /** With what comes next from everybody after what is in the archive, so that the new device knows what it misses. */
  #contact(contact: ContactEntry): SyncContact {
    const { database, own } = this.#parts;
    const told = contactToWire(contact);
    const rows = database.store.all('SELECT device, next FROM stream WHERE contact = ?', contact.id);
    told.streams = rows.map((row): SyncStream => {
      const [device, next] = [Number(row['device']), BigInt(Number(row['next']))];
      if (device > 0) return create(SyncStreamSchema, { own: false, device, next });
      if (device < 0) return create(SyncStreamSchema, { own: true, device: -device, next });
      const ownNext = BigInt(nextToldOrder(database, contact.id, own.device.device));
      return create(SyncStreamSchema, { own: true, device: own.device.device, next: ownNext });
    });
    return told;
  }

  take(account: Uint8Array, _device: number, content: Content, step: LinkStep['step']): void {
    const { contacts } = this.#parts;
    const peer = this.#peer;
    if (peer === null || !sameBytes(account, peer.account) || step.case !== 'signature') return;
    const { capability } = content;
    if (capability.length === 16) contacts.update(peer, { capability: capability.slice() });
    const { deviceSignature, name } = step.value;
    this.#onSignature({ deviceSignature: deviceSignature.slice(), name });
  }

  #forgetPeer(): void {
    const { database, contacts, rows } = this.#parts;
    const peer = this.#peer;
    this.#peer = null;
    if (peer === null) return;
    database.transaction(() => {
      rows.removeContact(peer.id);
      contacts.remove(peer);
    });
  }
}

/** @throws EngineError('bad-input') in words that say what is wrong with it */
export function readLinkCode(text: string, nowMs: number): LinkCode {
  try {
    return parseLinkCode(text, nowMs);
  } catch (error) {
    if (error instanceof IdentityError) throw ofIdentity(error);
    throw error;
  }
}

const usedName = (code: LinkCode): string => `link-used/${toHex(code.account)}`;
