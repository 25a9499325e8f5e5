import {
  create,
  decodeDeviceCertificate,
  decodeDeviceCertificateBody,
  DeviceCertificateBodySchema,
  DeviceCertificateSchema,
  encode,
  type DeviceCertificate,
} from '../wire/index.ts';
import { concat, xeddsaSign, xeddsaVerify, type Primitives, type Random } from '../crypto/index.ts';
import type { AccountKeys } from './account.ts';
import { IdentityError } from './identity-error.ts';
import {
  decodeStatement,
  ownedBody,
  requireDevice,
  requireLength,
  requireSafeInteger,
  signedBytes,
} from './statement.ts';

const CONTEXT = 'sotto/device/1';
const VERSION = 1;
const NAME = 'The device certificate';

/** First byte of a Curve25519 key on the wire. */
const CURVE_KEY_TYPE = 0x05;

/** What a certificate says of a device's keys. */
export interface DevicePublicKeys {
  /** 0x05 | Curve25519, 33 B. */
  readonly identityKey: Uint8Array;
  /** Ed25519, 32 B. */
  readonly signingKey: Uint8Array;
  /** X25519, 32 B. */
  readonly linkKey: Uint8Array;
}

/** The keys of a device that may not be certified yet. */
export interface DeviceSecrets extends DevicePublicKeys {
  /** Curve25519, 32 B, secret: PQXDH and XEdDSA. */
  readonly identitySecret: Uint8Array;
  /** Ed25519 seed, 32 B, secret. */
  readonly signingSeed: Uint8Array;
  /** X25519, 32 B, secret: the link's static key. */
  readonly linkSecret: Uint8Array;
}

/** A device's secret halves and its certificate. */
export interface DeviceKeys extends DeviceSecrets {
  readonly device: number;
  /** Encoded DeviceCertificate. */
  readonly certificate: Uint8Array;
}

/** A certificate whose two signatures hold. Made by verifyCertificate only. */
export interface VerifiedCertificate {
  /** Ed25519, 32 B. */
  readonly account: Uint8Array;
  /** 1..127 */
  readonly device: number;
  /** 0x05 | Curve25519, 33 B. */
  readonly identityKey: Uint8Array;
  /** Ed25519, 32 B. */
  readonly signingKey: Uint8Array;
  /** X25519, 32 B. */
  readonly linkKey: Uint8Array;
  /** ms since 1970 */
  readonly createdAt: number;
  readonly encoded: Uint8Array;
}

/** Makes the keys of a new device and certifies them (ID-3). */
export function createDevice(
  primitives: Primitives,
  random: Random,
  account: AccountKeys,
  device: number,
  nowMs: number,
): DeviceKeys {
  const secrets = createDeviceSecrets(primitives, random);
  const body = certificateBody(account.publicKey, device, secrets, nowMs);
  const deviceSignature = crossSign(primitives, random, secrets.identitySecret, body);
  const { encoded } = certifyDevice(primitives, account, body, deviceSignature);
  return { ...secrets, device, certificate: encoded };
}

/** Where the device is; its certificate may be made somewhere else. */
export function createDeviceSecrets(primitives: Primitives, random: Random): DeviceSecrets {
  const identitySecret = random(32);
  const signingSeed = random(32);
  const linkSecret = random(32);
  return {
    identitySecret,
    identityKey: concat(Uint8Array.of(CURVE_KEY_TYPE), primitives.x25519.publicKey(identitySecret)),
    signingSeed,
    signingKey: primitives.ed25519.publicKey(signingSeed),
    linkSecret,
    linkKey: primitives.x25519.publicKey(linkSecret),
  };
}

/**
 * What the account and the device both sign.
 * @param account public key, 32 B
 * @throws IdentityError('malformed') for a device number that cannot be
 */
export function certificateBody(
  account: Uint8Array,
  device: number,
  { identityKey, signingKey, linkKey }: DevicePublicKeys,
  nowMs: number,
): Uint8Array {
  requireDevice(device, 'The device number');
  return encode(
    DeviceCertificateBodySchema,
    create(DeviceCertificateBodySchema, {
      version: VERSION,
      account,
      device,
      identityKey,
      signingKey,
      linkKey,
      createdAt: BigInt(nowMs),
    }),
  );
}

/** The device's half of a certificate: XEdDSA, 64 B (ID-3). */
export function crossSign(
  primitives: Primitives,
  random: Random,
  identitySecret: Uint8Array,
  body: Uint8Array,
): Uint8Array {
  return xeddsaSign(primitives, identitySecret, signedBytes(CONTEXT, body), random(64));
}

/**
 * The account's half, put together with the device's.
 * @throws IdentityError when readers would refuse the certificate: it is verified before it is handed out
 */
export function certifyDevice(
  primitives: Primitives,
  account: AccountKeys,
  body: Uint8Array,
  deviceSignature: Uint8Array,
): VerifiedCertificate {
  const accountSignature = primitives.ed25519.sign(account.seed, signedBytes(CONTEXT, body));
  return verifyCertificate(
    primitives,
    create(DeviceCertificateSchema, { body: body.slice(), accountSignature, deviceSignature }),
  );
}

/**
 * Checks shape, account signature and the device's cross-signature (ID-3, ID-4). Says nothing about the device
 * list: a certificate stays valid after its device was revoked.
 * @param wasVerified whether these very bytes passed both checks before
 * @throws IdentityError('malformed' | 'unknown-version' | 'bad-signature')
 */
export function verifyCertificate(
  primitives: Primitives,
  certificate: Uint8Array | DeviceCertificate,
  wasVerified: (encoded: Uint8Array, linkKey: Uint8Array) => boolean = () => false,
): VerifiedCertificate {
  const given = certificate instanceof Uint8Array ? certificate : encode(DeviceCertificateSchema, certificate);
  const outer = ownedBody(decodeStatement(decodeDeviceCertificate, given, NAME));
  const body = decodeStatement(decodeDeviceCertificateBody, outer.body, NAME);
  requireIdentityKey(body.identityKey, `${NAME}'s identity key`);
  const createdAt = requireSafeInteger(body.createdAt, `${NAME}'s time`);

  const encoded = encode(DeviceCertificateSchema, outer);
  if (!wasVerified(encoded, body.linkKey)) {
    const signed = signedBytes(CONTEXT, outer.body);
    if (!primitives.ed25519.verify(body.account, signed, outer.accountSignature)) {
      throw new IdentityError('bad-signature', `${NAME} is not signed by its account.`);
    }
    if (!xeddsaVerify(body.identityKey.subarray(1), signed, outer.deviceSignature, primitives)) {
      throw new IdentityError('bad-signature', `${NAME} is not signed by its own device.`);
    }
  }
  const { account, device, identityKey, signingKey, linkKey } = body;
  return {
    account,
    device,
    identityKey,
    signingKey,
    linkKey,
    createdAt,
    encoded,
  };
}

/** 0x05 and 32 more bytes. */
export function requireIdentityKey(key: Uint8Array, name: string): void {
  requireLength(key, 33, name);
  if (key[0] !== CURVE_KEY_TYPE) throw new IdentityError('malformed', `${name} is of an unknown type.`);
}
