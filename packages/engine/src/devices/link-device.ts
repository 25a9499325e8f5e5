/** Making this profile a further device of an account that exists, with a code that one of its devices reads. */
import { addressOf, createDeviceSecrets, encodeLinkCode } from '@sotto/protocol/identity';
import type { DeviceSecrets } from '@sotto/protocol/identity';
import { sameBytes } from '@sotto/protocol/crypto';
import { EngineError } from '../api.ts';
import { checkPsk, nodeUrl } from '../create-identity.ts';
import { noteAccessPublished } from '../account/publishing.ts';
import { readIdentity, writeDevice, writeIdentity } from '../account/identity-store.ts';
import { readProfile, writeProfile } from '../account/profile.ts';
import { checkName } from '../contacts/recipients.ts';
import { Contacts } from '../contacts/contacts.ts';
import { assemble } from '../engine-parts.ts';
import type { EngineParts } from '../engine-parts.ts';
import { EventStream } from '../event-stream.ts';
import type { Platform } from '../ports.ts';
import { Database } from '../store/database.ts';
import { asEngineError } from '../engine-errors.ts';
import { expectArchive } from './archive-in.ts';
import { DeviceNames } from './device-names.ts';
import { LinkWaiting } from './link-waiting.ts';
import type { Welcome } from './link-waiting.ts';
import { learnedFromWire, settingsFromWire, statusFromWire } from './sync-contact.ts';
import { SyncGaps } from './sync-gaps.ts';
import { say } from '../sentences/say.ts';
import type { Said } from '../sentences/say.ts';

/** How long a code holds. */
const LIFE_SECONDS = 600;
const DRAIN_MS = 5000;
const STEP_MS = 20;

export type LinkProgress =
  /** Reaching the node. */
  | { readonly step: 'connecting'; readonly problem?: string; readonly said?: readonly Said[] }
  /** The code is shown. */
  | { readonly step: 'waiting' }
  /** A device of this account has read the code. */
  | { readonly step: 'approved'; readonly address: string }
  | { readonly step: 'contacts'; readonly done: number; readonly total: number };

/** An AbortSignal. */
interface Cancellation {
  readonly aborted: boolean;
  addEventListener(type: 'abort', listener: () => void): void;
  removeEventListener(type: 'abort', listener: () => void): void;
}

export interface LinkOptions {
  /** Where the new device waits: any node, for instance the account's own. */
  readonly node: string;
  readonly psk?: Uint8Array | null;
  /** What the owner calls this device, unless the approver chooses another name. */
  readonly name: string;
  /** To be shown, as text and as a picture; until `expires`, ms since 1970. */
  readonly onCode: (code: string, expires: number) => void;
  readonly onProgress?: (progress: LinkProgress) => void;
  /** Cancels: nothing is kept. */
  readonly signal?: Cancellation;
}

export interface LinkedDevice {
  readonly address: string;
  readonly device: number;
  /** What the account calls itself. */
  readonly name: string;
  /** Parts of the history that come once the engine runs. */
  readonly archiveParts: number;
}

/**
 * Answers when a device of the account has approved; then the profile can be opened. Until then nothing is written:
 * this device waits under a throw-away account in memory (DEV-3).
 * @throws EngineError('bad-input') when there is an identity already, or for a wrong node; ('try-later') when nobody
 * approved in time; ('closed') when cancelled
 */
export async function linkDevice(platform: Platform, options: LinkOptions): Promise<LinkedDevice> {
  const database = new Database(platform);
  if (readIdentity(database, platform.primitives) !== null) {
    throw new EngineError('bad-input', say('identity-exists-linking'));
  }
  const secrets = createDeviceSecrets(platform.primitives, platform.random);
  const keep = (welcome: Welcome): void => writeProfileOf(database, platform, secrets, welcome);
  const welcome = await waitForWelcome(platform, options, secrets, keep);
  const { certificate, message } = welcome;
  const { name } = settingsFromWire(message.settings ?? fail());
  const address = addressOf(certificate.account);
  return { address, device: certificate.device, name, archiveParts: message.archiveParts };
}

/** @param keep what came is written down before it is confirmed */
async function waitForWelcome(
  platform: Platform,
  options: LinkOptions,
  secrets: DeviceSecrets,
  keep: (welcome: Welcome) => void,
): Promise<Welcome> {
  const name = checkName(options.name);
  const { onCode, onProgress = () => undefined, signal } = options;
  const memory: Platform = {
    ...platform,
    store: platform.openMemoryStore(),
    databaseKey: platform.random(32),
    keyProtection: 'memory',
  };
  const database = new Database(memory);
  const url = nodeUrl(options.node);
  const psk = checkPsk(options.psk ?? null);
  database.transaction(() => {
    writeIdentity(database, memory, { phrase: null, ephemeral: true });
    writeProfile(database, memory.random, { name: 'new device', color: 0, listed: false, url, psk, home: null });
  });
  const own = readIdentity(database, memory.primitives) ?? fail();
  const result = Promise.withResolvers<Welcome>();
  const parts: EngineParts = assemble(memory, database, own, readProfile(database) ?? fail(), {
    onConnection: () => {
      const { problem, said } = parts.home.describe(0);
      if (problem !== undefined) onProgress({ step: 'connecting', problem, ...(said === undefined ? {} : { said }) });
    },
    onPublished: () => showCode(),
    onFault: (error) => result.reject(asEngineError(error)),
  });
  let isShown = false;
  /** Once others can write to the throw-away account. */
  const showCode = (): void => {
    const { home, requestToken } = parts.profile.current;
    if (isShown || home === null || database.getMeta('published') === null) return;
    isShown = true;
    const expires = Math.floor(platform.clock.now() / 1000) + LIFE_SECONDS;
    const { identityKey, signingKey, linkKey } = secrets;
    const keys = { identityKey, signingKey, linkKey };
    const { publicKey: account } = own.account;
    const secret = memory.random(16);
    const code = encodeLinkCode({ account, route: home, requestToken, secret, keys, expires, psk: home.psk });
    parts.ownSide.party = new LinkWaiting(parts, {
      secrets,
      secret,
      name,
      onApproved: (approver) => onProgress({ step: 'approved', address: addressOf(approver) }),
      onContacts: (done, total) => onProgress({ step: 'contacts', done, total }),
      onWelcome: (welcome) => result.resolve(welcome),
    });
    parts.timers.after(LIFE_SECONDS * 1000, () =>
      result.reject(new EngineError('try-later', say('link-ran-out'), true)),
    );
    onCode(code, expires * 1000);
    onProgress({ step: 'waiting' });
  };
  const cancel = (): void => result.reject(new EngineError('closed', say('link-cancelled')));
  if (signal?.aborted === true) cancel();
  signal?.addEventListener('abort', cancel);
  onProgress({ step: 'connecting' });
  parts.ownSide.begin(parts);
  parts.home.start();
  try {
    const welcome = await result.promise;
    keep(welcome);
    await drain(parts);
    return welcome;
  } finally {
    signal?.removeEventListener('abort', cancel);
    await close(parts);
    memory.store.close();
  }
}

/** The approver is to learn that everything came. */
async function drain({ timers, receipts, outbox, home }: EngineParts): Promise<void> {
  const endMs = timers.now() + DRAIN_MS;
  while (home.isOnline && timers.now() < endMs && !(receipts.isIdle() && outbox.isIdle())) {
    await new Promise<void>((resolve) => void timers.after(STEP_MS, resolve));
  }
}

async function close({ timers, outbox, inbox, parking, speakers, links, home, events }: EngineParts): Promise<void> {
  timers.close();
  speakers.close();
  outbox.close();
  inbox.close();
  parking.close();
  await Promise.all([links.close(), home.close()]);
  events.clear();
}

/** One transaction: this device is whole, or it is not there. */
function writeProfileOf(database: Database, platform: Platform, secrets: DeviceSecrets, welcome: Welcome): void {
  const { primitives, random } = platform;
  const { certificate, deviceList, home, message, contacts: told, approver } = welcome;
  const { account, device } = certificate;
  database.transaction(() => {
    const keys = { ...secrets, device, certificate: certificate.encoded };
    writeDevice(database, random, { account, accountSeed: null, device: keys, list: deviceList, ephemeral: false });
    const settings = settingsFromWire(message.settings ?? fail());
    const { name, color } = settings;
    const url = home.urls[0] ?? fail();
    const given = { name, color, listed: false, url, psk: home.psk, home };
    writeProfile(database, random, given, { ...settings, rotatedHere: false });
    const record = readProfile(database);
    if (record !== null) noteAccessPublished(database, record);
    const contacts = new Contacts(database, primitives, new EventStream(database));
    for (const contact of told) {
      const { petname, verified, streams, disappearAfter, route } = contact;
      const psk = route !== undefined && sameBytes(route.node, home.node) ? home.psk : null;
      const known = {
        ...learnedFromWire(contact, null, psk),
        petname,
        verified,
        changedAt: Number(contact.changedAt),
        ...(disappearAfter > 0
          ? { timer: { seconds: disappearAfter, stamp: { at: 0, sentAt: 0, id: new Uint8Array(16) } } }
          : {}),
      };
      const status = statusFromWire(contact.status);
      if (status === 'removed') continue;
      const added = contacts.add(contact.account, status, known);
      for (const { own, device: from, next } of streams) {
        const sql = 'INSERT OR REPLACE INTO stream (contact, device, next) VALUES (?, ?, ?)';
        database.store.run(sql, added.id, own ? -from : from, Number(next));
      }
    }
    const self = contacts.add(
      account,
      'accepted',
      { capability: settings.capability, told: Number.MAX_SAFE_INTEGER },
      'self',
    );
    const gaps = new SyncGaps(database);
    for (const { device: from, next } of message.streams) gaps.begin(self.id, from, Number(next));
    const names = message.devices;
    if (names !== undefined) {
      const byNumber = Object.fromEntries(names.devices.map((entry) => [String(entry.device), entry.name]));
      new DeviceNames(database).write({ names: byNumber, changedAt: Number(names.changedAt) });
    }
    const { archiveParts, archiveMessages } = message;
    if (archiveParts > 0) {
      expectArchive(database, { device: approver, parts: archiveParts, messages: archiveMessages });
    }
  });
}

function fail(): never {
  throw new EngineError('failed', say('link-incomplete'));
}
