import {
  create,
  decodeDeviceCertificate,
  decodeDeviceList,
  decodeDeviceListBody,
  DeviceListBodySchema,
  DeviceListSchema,
  encode,
  type DeviceList,
} from '../wire/index.ts';
import { sameBytes, type Primitives } from '../crypto/index.ts';
import type { AccountKeys } from './account.ts';
import { verifyCertificate, type VerifiedCertificate } from './device-certificate.ts';
import { IdentityError } from './identity-error.ts';
import {
  decodeStatement,
  ownedBody,
  requireDevice,
  requireLength,
  requireSafeInteger,
  signedBytes,
} from './statement.ts';

const CONTEXT = 'sotto/device-list/1';
const VERSION = 1;
const NAME = 'The device list';

/** Devices of one account at a time. The bundles of all of them fit one link message. */
export const MAX_DEVICES = 16;

/**
 * How a list follows on the one seen before.
 * `first-seen`: none was. `same`: that one again. `next`: its direct successor, linked by hash.
 * `skipped`: newer and signed by the account, but revisions between were not seen, so the chain of hashes could
 * not be checked.
 */
export type Continuity = 'first-seen' | 'same' | 'next' | 'skipped';

/** A list whose signature, certificates and place after the previous list hold. */
export interface VerifiedDeviceList {
  readonly account: Uint8Array;
  /** 1, 2, 3 … */
  readonly revision: number;
  /** Rising by device number; at least one. */
  readonly devices: readonly VerifiedCertificate[];
  /** Highest device number ever given out: the next device gets the one after. */
  readonly highestDevice: number;
  /** ms since 1970 */
  readonly createdAt: number;
  /** SHA-256 of the signed body: the next revision names it. */
  readonly hash: Uint8Array;
  readonly encoded: Uint8Array;
  readonly continuity: Continuity;
}

/** Everything that goes into the next revision. */
export interface NextDeviceList {
  /** Encoded certificates of all devices from now on. */
  readonly certificates: readonly Uint8Array[];
  /** The list this one follows, or null for revision 1. */
  readonly previous: VerifiedDeviceList | null;
  readonly nowMs: number;
}

/** @throws IdentityError when readers would refuse the list: it is verified before it is handed out */
export function signDeviceList(primitives: Primitives, account: AccountKeys, next: NextDeviceList): VerifiedDeviceList {
  const { previous, nowMs } = next;
  const certificates = next.certificates.map((encoded) => verifyCertificate(primitives, encoded));
  certificates.sort((a, b) => a.device - b.device);
  const body = encode(
    DeviceListBodySchema,
    create(DeviceListBodySchema, {
      version: VERSION,
      account: account.publicKey,
      revision: BigInt((previous?.revision ?? 0) + 1),
      devices: certificates.map(({ encoded }) => decodeDeviceCertificate(encoded)),
      previousHash: previous?.hash ?? new Uint8Array(0),
      highestDevice: Math.max(previous?.highestDevice ?? 0, ...certificates.map(({ device }) => device)),
      createdAt: BigInt(nowMs),
    }),
  );
  const signature = primitives.ed25519.sign(account.seed, signedBytes(CONTEXT, body));
  const encoded = encode(DeviceListSchema, create(DeviceListSchema, { body, signature }));
  return verifyDeviceList(primitives, encoded, account.publicKey, previous ?? undefined);
}

/**
 * Checks signature, shape, every certificate, and the place after `previous` (ID-5 to ID-8).
 * @param account whose list it must be, 32 B
 * @param previous the newest list of this account verified before
 * @throws IdentityError('malformed' | 'unknown-version' | 'bad-signature' | 'wrong-account' | 'rollback' | 'fork' | 'device-reused')
 */
export function verifyDeviceList(
  primitives: Primitives,
  list: Uint8Array | DeviceList,
  account: Uint8Array,
  previous?: VerifiedDeviceList,
): VerifiedDeviceList {
  const given = list instanceof Uint8Array ? list : encode(DeviceListSchema, list);
  const outer = ownedBody(decodeStatement(decodeDeviceList, given, NAME));
  const body = decodeStatement(decodeDeviceListBody, outer.body, NAME);
  if (!sameBytes(body.account, account)) {
    throw new IdentityError('wrong-account', `${NAME} belongs to another account.`);
  }
  if (!primitives.ed25519.verify(account, signedBytes(CONTEXT, outer.body), outer.signature)) {
    throw new IdentityError('bad-signature', `${NAME} is not signed by its account.`);
  }

  const revision = requireSafeInteger(body.revision, `${NAME}'s revision`);
  if (revision < 1) throw new IdentityError('malformed', `${NAME} has no revision.`);
  requireLength(body.previousHash, revision === 1 ? 0 : 32, `The previous hash in revision ${revision}`);
  requireDevice(body.highestDevice, `${NAME}'s highest device number`);
  if (body.devices.length < 1 || body.devices.length > MAX_DEVICES) {
    throw new IdentityError('malformed', `${NAME} must name 1 to ${MAX_DEVICES} devices, not ${body.devices.length}.`);
  }
  const devices = body.devices.map((certificate) => verifyCertificate(primitives, certificate));
  let last = 0;
  for (const { account: owner, device } of devices) {
    if (!sameBytes(owner, account)) {
      throw new IdentityError('wrong-account', `${NAME} holds a certificate of another account.`);
    }
    if (device <= last) throw new IdentityError('malformed', `${NAME}'s device numbers must rise.`);
    last = device;
  }
  if (last > body.highestDevice) {
    throw new IdentityError('malformed', `${NAME} names a device above its own highest number.`);
  }

  const hash = primitives.sha256(outer.body);
  const place = { revision, devices, highestDevice: body.highestDevice, previousHash: body.previousHash, hash };
  return {
    account: body.account,
    revision,
    devices,
    highestDevice: body.highestDevice,
    createdAt: requireSafeInteger(body.createdAt, `${NAME}'s time`),
    hash,
    encoded: encode(DeviceListSchema, outer),
    continuity: previous === undefined ? 'first-seen' : continuityOf(place, previous),
  };
}

interface Place {
  readonly revision: number;
  readonly devices: readonly VerifiedCertificate[];
  readonly highestDevice: number;
  readonly previousHash: Uint8Array;
  readonly hash: Uint8Array;
}

function continuityOf(list: Place, previous: VerifiedDeviceList): Continuity {
  if (list.revision < previous.revision) {
    throw new IdentityError(
      'rollback',
      `${NAME} has revision ${list.revision}, but revision ${previous.revision} was seen before.`,
    );
  }
  if (list.revision === previous.revision) {
    if (!sameBytes(list.hash, previous.hash)) {
      throw new IdentityError('fork', `Two different device lists have revision ${list.revision}.`);
    }
    return 'same';
  }
  const next = list.revision === previous.revision + 1;
  if (next && !sameBytes(list.previousHash, previous.hash)) {
    throw new IdentityError('fork', `Revision ${list.revision} does not follow the device list seen before.`);
  }
  if (list.highestDevice < previous.highestDevice) {
    throw new IdentityError('rollback', `${NAME}'s highest device number went down.`);
  }
  // Numbers up to the previous highest were given out already: each still means the same device, or is gone.
  for (const { device, identityKey } of list.devices) {
    if (device > previous.highestDevice) continue;
    const before = previous.devices.find((candidate) => candidate.device === device);
    if (before === undefined || !sameBytes(before.identityKey, identityKey)) {
      throw new IdentityError('device-reused', `Device number ${device} was given out before, to another device.`);
    }
  }
  return next ? 'next' : 'skipped';
}

/** The list's entry for the device of `certificate` (same number and identity key), or null: revoked, or never listed. */
export function findDevice(
  list: VerifiedDeviceList,
  certificate: Pick<VerifiedCertificate, 'device' | 'identityKey'>,
): VerifiedCertificate | null {
  const entry = list.devices.find(({ device }) => device === certificate.device);
  return entry !== undefined && sameBytes(entry.identityKey, certificate.identityKey) ? entry : null;
}
