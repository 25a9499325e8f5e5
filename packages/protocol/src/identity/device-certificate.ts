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

/** A device's secret halves and its certificate. */
export interface DeviceKeys {
  readonly device: number;
  /** Curve25519, 32 B, secret: PQXDH and XEdDSA. */
  readonly identitySecret: Uint8Array;
  /** 0x05 | Curve25519, 33 B. */
  readonly identityKey: Uint8Array;
  /** Ed25519 seed, 32 B, secret. */
  readonly signingSeed: Uint8Array;
  readonly signingKey: Uint8Array;
  /** X25519, 32 B, secret: the link's static key. */
  readonly linkSecret: Uint8Array;
  readonly linkKey: Uint8Array;
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
  requireDevice(device, 'The device number');
  const identitySecret = random(32);
  const signingSeed = random(32);
  const linkSecret = random(32);
  const identityKey = concat(Uint8Array.of(CURVE_KEY_TYPE), primitives.x25519.publicKey(identitySecret));
  const signingKey = primitives.ed25519.publicKey(signingSeed);
  const linkKey = primitives.x25519.publicKey(linkSecret);
  const body = encode(
    DeviceCertificateBodySchema,
    create(DeviceCertificateBodySchema, {
      version: VERSION,
      account: account.publicKey,
      device,
      identityKey,
      signingKey,
      linkKey,
      createdAt: BigInt(nowMs),
    }),
  );
  const signed = signedBytes(CONTEXT, body);
  const certificate = encode(
    DeviceCertificateSchema,
    create(DeviceCertificateSchema, {
      body,
      accountSignature: primitives.ed25519.sign(account.seed, signed),
      deviceSignature: xeddsaSign(primitives, identitySecret, signed, random(64)),
    }),
  );
  return { device, identitySecret, identityKey, signingSeed, signingKey, linkSecret, linkKey, certificate };
}

/**
 * Checks shape, account signature and the device's cross-signature (ID-3, ID-4). Says nothing about the device
 * list: a certificate stays valid after its device was revoked.
 * @throws IdentityError('malformed' | 'unknown-version' | 'bad-signature')
 */
export function verifyCertificate(
  primitives: Primitives,
  certificate: Uint8Array | DeviceCertificate,
): VerifiedCertificate {
  const given = certificate instanceof Uint8Array ? certificate : encode(DeviceCertificateSchema, certificate);
  const outer = ownedBody(decodeStatement(decodeDeviceCertificate, given, NAME));
  const body = decodeStatement(decodeDeviceCertificateBody, outer.body, NAME);
  requireIdentityKey(body.identityKey, `${NAME}'s identity key`);
  const createdAt = requireSafeInteger(body.createdAt, `${NAME}'s time`);

  const signed = signedBytes(CONTEXT, outer.body);
  if (!primitives.ed25519.verify(body.account, signed, outer.accountSignature)) {
    throw new IdentityError('bad-signature', `${NAME} is not signed by its account.`);
  }
  if (!xeddsaVerify(body.identityKey.subarray(1), signed, outer.deviceSignature, primitives)) {
    throw new IdentityError('bad-signature', `${NAME} is not signed by its own device.`);
  }
  const { account, device, identityKey, signingKey, linkKey } = body;
  return {
    account,
    device,
    identityKey,
    signingKey,
    linkKey,
    createdAt,
    encoded: encode(DeviceCertificateSchema, outer),
  };
}

/** 0x05 and 32 more bytes. */
export function requireIdentityKey(key: Uint8Array, name: string): void {
  requireLength(key, 33, name);
  if (key[0] !== CURVE_KEY_TYPE) throw new IdentityError('malformed', `${name} is of an unknown type.`);
}
