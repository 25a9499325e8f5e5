/**
 * The new device's side of linking, under a throw-away account: signs only for its own keys, for the account whose
 * device proves that it saw the code, and takes over what that device hands it (DEV-3, DEV-4).
 */
import { checkProposal, crossSign, findDevice, verifyCertificate, verifyDeviceList } from '@sotto/protocol/identity';
import type { DeviceSecrets, VerifiedCertificate, VerifiedDeviceList } from '@sotto/protocol/identity';
import { IdentityError } from '@sotto/protocol/identity';
import { sameBytes } from '@sotto/protocol/crypto';
import { create, DeviceCertificateSchema, encode, LinkSignatureSchema } from '@sotto/protocol/wire';
import type { Content, LinkProposal, LinkStep, LinkWelcome, SyncContact } from '@sotto/protocol/wire';
import type { ContactEntry } from '../contacts/contacts.ts';
import { routeFromWire } from '../contacts/route.ts';
import type { Route } from '../contacts/route.ts';
import type { EngineParts } from '../engine-parts.ts';
import { sendStep } from './link-steps.ts';
import type { LinkParty } from './link-steps.ts';

/** Everything a new device begins with. */
export interface Welcome {
  readonly certificate: VerifiedCertificate;
  readonly deviceList: VerifiedDeviceList;
  readonly home: Route;
  readonly message: LinkWelcome;
  readonly contacts: readonly SyncContact[];
  /** Number of the device that approved. */
  readonly approver: number;
}

export interface Waiting {
  readonly secrets: DeviceSecrets;
  /** Of the code, 16 B. */
  readonly secret: Uint8Array;
  /** What this device calls itself. */
  readonly name: string;
  /** Somebody who saw the code wants this device: the account's address is shown. */
  readonly onApproved: (account: Uint8Array) => void;
  readonly onContacts: (done: number, total: number) => void;
  readonly onWelcome: (welcome: Welcome) => void;
}

export class LinkWaiting implements LinkParty {
  readonly #parts: EngineParts;
  readonly #waiting: Waiting;
  readonly #contacts = new Map<number, readonly SyncContact[]>();
  #approver: { readonly contact: ContactEntry; readonly device: number; readonly certificateBody: Uint8Array } | null =
    null;
  #welcome: LinkWelcome | null = null;
  #done = false;

  constructor(parts: EngineParts, waiting: Waiting) {
    this.#parts = parts;
    this.#waiting = waiting;
  }

  take(account: Uint8Array, device: number, content: Content, step: LinkStep['step']): void {
    if (this.#done) return;
    if (step.case === 'proposal') return this.#propose(account, device, content, step.value);
    const approver = this.#approver;
    if (approver === null || !sameBytes(approver.contact.account, account) || approver.device !== device) return;
    if (step.case !== 'contacts' && step.case !== 'welcome') return;
    this.#parts.receipts.note(approver.contact, [content.id], 'delivered');
    if (step.case === 'contacts') this.#contacts.set(step.value.part, step.value.contacts);
    else this.#welcome = step.value;
    this.#finish();
  }

  /** One account only: the first that knows the secret. It may ask again, if its answer got lost. */
  #propose(account: Uint8Array, device: number, content: Content, proposal: LinkProposal): void {
    const { contacts, platform, profile, receipts, database } = this.#parts;
    const { secret, secrets, name, onApproved } = this.#waiting;
    const { primitives, random } = platform;
    if (!primitives.equal(proposal.secret, secret)) return;
    if (this.#approver !== null && !sameBytes(this.#approver.contact.account, account)) return;
    try {
      checkProposal(proposal.certificateBody, account, secrets);
    } catch (error) {
      if (error instanceof IdentityError) return;
      throw error;
    }
    const { home } = profile.current;
    const psk =
      home !== null && content.route !== undefined && sameBytes(home.node, content.route.node) ? home.psk : null;
    const known = {
      route: routeFromWire(content.route, psk),
      capability: content.capability.length === 16 ? content.capability.slice() : null,
    };
    const before = contacts.byAccount(account);
    const contact = before === null ? contacts.add(account, 'accepted', known, 'link') : contacts.update(before, known);
    const certificateBody = proposal.certificateBody.slice();
    this.#approver = { contact, device, certificateBody };
    receipts.note(contact, [content.id], 'delivered');
    const deviceSignature = crossSign(primitives, random, secrets.identitySecret, certificateBody);
    const value = create(LinkSignatureSchema, { deviceSignature, name });
    sendStep(this.#parts, contact, { case: 'signature', value });
    database.afterCommit(() => onApproved(contact.account));
  }

  #finish(): void {
    const { database } = this.#parts;
    const message = this.#welcome;
    if (message === null) return;
    const { contactParts } = message;
    const came = [...this.#contacts].filter(([part]) => part <= contactParts);
    database.afterCommit(() => this.#waiting.onContacts(came.length, contactParts));
    if (came.length < contactParts) return;
    const welcome = this.#checked(
      message,
      came.flatMap(([, some]) => some),
    );
    if (welcome === null) return;
    this.#done = true;
    database.afterCommit(() => this.#waiting.onWelcome(welcome));
  }

  /** null: not what was agreed on. */
  #checked(message: LinkWelcome, contacts: readonly SyncContact[]): Welcome | null {
    const { platform } = this.#parts;
    const { primitives } = platform;
    const approver = this.#approver;
    const { certificate: given, deviceList: list } = message;
    if (approver === null || given === undefined || list === undefined) return null;
    try {
      const certificate = verifyCertificate(primitives, encode(DeviceCertificateSchema, given));
      const deviceList = verifyDeviceList(primitives, list, approver.contact.account);
      checkProposal(given.body, approver.contact.account, this.#waiting.secrets);
      const home = routeFromWire(message.home, message.psk.length === 32 ? message.psk.slice() : null);
      if (home === null || findDevice(deviceList, certificate) === null) return null;
      return { certificate, deviceList, home, message, contacts, approver: approver.device };
    } catch (error) {
      if (error instanceof IdentityError) return null;
      throw error;
    }
  }
}
