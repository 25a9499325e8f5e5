/**
 * Taking an account up again on this device, from its phrase or a backup (BAK-8): the device gets the number after the
 * highest that the account's list at home ever gave out, and stands in that list before it does anything else. Until
 * the node was reached everything here can be read and written, and nothing is sent.
 */
import { sameBytes } from '@sotto/protocol/crypto';
import type { Primitives } from '@sotto/protocol/crypto';
import { findDevice, IdentityError, verifyDeviceList } from '@sotto/protocol/identity';
import type { AccountKeys, VerifiedDeviceList } from '@sotto/protocol/identity';
import {
  create,
  decodeDeviceList,
  DeviceListSchema,
  FetchBundlesSchema,
  KeyUploadSchema,
  RefusalCode,
} from '@sotto/protocol/wire';
import { ConnectionError, expectAnswer, requestOnce } from '../connection/index.ts';
import type { NodeRequests } from '../connection/index.ts';
import type { RemoteDevices } from '../contacts/remote-devices.ts';
import type { Route } from '../contacts/route.ts';
import type { EventStream } from '../event-stream.ts';
import type { Platform } from '../ports.ts';
import type { Database } from '../store/database.ts';
import { nextDevice } from './identity-store.ts';
import type { Joining as WantedJoining, OwnIdentity } from './identity-store.ts';
import { inWords, say } from '../sentences/say.ts';

export interface JoiningParts {
  readonly platform: Platform;
  readonly database: Database;
  readonly own: OwnIdentity;
  readonly devices: RemoteDevices;
  readonly links: { to(route: Route, recipient: string): NodeRequests };
  readonly events: EventStream;
}

/** Whoever gives out the same number at the same moment: one of the two looks again. */
const MAX_ATTEMPTS = 4;

/**
 * @returns when this device is listed at home; or when home knows no list: then the first upload brings it
 * @throws ConnectionError
 */
export async function joinAccount(parts: JoiningParts, route: Route): Promise<void> {
  const { own } = parts;
  for (let attempt = 1; own.joining !== null; attempt++) {
    const held = await lookUp(parts, route);
    // A crash came between the node's answer and our disk.
    if (held !== null && findDevice(held, own.device) !== null) return finish(parts, held);
    const list = prepare(parts, own.joining, held);
    if (held !== null) {
      try {
        await publish(parts, route, list);
      } catch (error) {
        if (!isOvertaken(error) || attempt >= MAX_ATTEMPTS) throw error;
        continue;
      }
    }
    finish(parts, list);
    if (held === null) {
      parts.events.notice('account-new-here', say('notice-account-new-here'));
    }
  }
}

/** The list at home; null: the node knows no such account. @throws ConnectionError */
async function lookUp({ platform, own, links }: JoiningParts, route: Route): Promise<VerifiedDeviceList | null> {
  const { publicKey } = own.account;
  const body = create(FetchBundlesSchema, { account: publicKey, devices: [own.device.device] });
  try {
    const answer = expectAnswer(await links.to(route, 'own').request({ case: 'fetchBundles', value: body }), 'bundles');
    return answer.deviceList === undefined ? null : verifyDeviceList(platform.primitives, answer.deviceList, publicKey);
  } catch (error) {
    const isUnknown =
      error instanceof ConnectionError &&
      (error.refusal === RefusalCode.NO_MAILBOX || error.refusal === RefusalCode.NOT_ATTACHED);
    if (isUnknown) return null;
    if (error instanceof IdentityError) {
      throw new ConnectionError('protocol', "The node handed out a list of devices that is not this account's.", {
        cause: error,
      });
    }
    throw error;
  }
}

/** Keys and list for what is known now. They are on our disk before the node has them: a crash in between is no harm. */
function prepare(
  { platform, database, own }: JoiningParts,
  joining: WantedJoining,
  held: VerifiedDeviceList | null,
): VerifiedDeviceList {
  const { primitives, random, clock } = platform;
  const { publicKey, seed } = own.account;
  const known = joining.known === null ? null : verifyDeviceList(primitives, joining.known, publicKey);
  const previous = newer(primitives, held, known);
  // What was prepared follows on what was known.
  if (previous === null || previous === known || seed === null) return own.deviceList;
  if (known !== null && sameBytes(previous.hash, known.hash)) return own.deviceList;
  try {
    const keys: AccountKeys = { publicKey, seed };
    const { device, list } = nextDevice(primitives, random, keys, previous, joining.revokeOthers, clock.now());
    database.transaction(() => {
      renumber(database, own.device.device, device.device);
      own.settle(device, list, { ...joining, known: previous.encoded });
    });
    return list;
  } catch (error) {
    if (!(error instanceof IdentityError)) throw error;
    const text = `This account cannot have another device. ${error.message} Remove one on a device that is listed, or restore again and take the others off the list.`;
    const words = inWords(text, say('device-no-room'));
    throw new ConnectionError('not-allowed', words, { cause: error });
  }
}

/** The list to follow on. A node that has an older one than the backup does not count (it lost something, or lies). */
function newer(
  primitives: Primitives,
  held: VerifiedDeviceList | null,
  known: VerifiedDeviceList | null,
): VerifiedDeviceList | null {
  if (held === null || known === null) return held ?? known;
  try {
    return verifyDeviceList(primitives, held.encoded, held.account, known);
  } catch (error) {
    if (error instanceof IdentityError && error.code === 'rollback') return known;
    throw new ConnectionError('not-allowed', say('device-contradicts-backup'), { cause: error });
  }
}

/** What was written here before the number was settled. No other device of that number is in this history. */
function renumber({ store }: Database, from: number, to: number): void {
  for (const table of ['message', 'amendment']) {
    store.run(`UPDATE ${table} SET device = ? WHERE outgoing = 1 AND device = ?`, to, from);
  }
}

async function publish({ platform, own }: JoiningParts, route: Route, list: VerifiedDeviceList): Promise<void> {
  const upload = create(KeyUploadSchema, {
    registrationId: own.registrationId,
    deviceList: create(DeviceListSchema, decodeDeviceList(list.encoded)),
  });
  const { linkSecret, certificate } = own.device;
  await requestOnce(platform, route, { linkSecret, certificate }, { case: 'publishKeys', value: upload });
}

const isOvertaken = (error: unknown): boolean =>
  error instanceof ConnectionError &&
  (error.refusal === RefusalCode.NOT_ALLOWED || error.refusal === RefusalCode.BAD_KEYS);

function finish({ database, own, devices }: JoiningParts, list: VerifiedDeviceList): void {
  database.transaction(() => {
    devices.forget(own.account.publicKey);
    own.settle(own.device, list, null);
    devices.accept(own.account.publicKey, decodeDeviceList(list.encoded), new Map());
  });
}
