export { accountFromSeed, createAccount, tokenOf, TOKEN_LENGTH, type AccountKeys } from './account.ts';
export { addressOf, parseAddress } from './address.ts';
export {
  certificateBody,
  certifyDevice,
  createDevice,
  createDeviceSecrets,
  crossSign,
  verifyCertificate,
  type DeviceKeys,
  type DevicePublicKeys,
  type DeviceSecrets,
  type VerifiedCertificate,
} from './device-certificate.ts';
export {
  findDevice,
  MAX_DEVICES,
  signDeviceList,
  verifyDeviceList,
  type Continuity,
  type NextDeviceList,
  type VerifiedDeviceList,
} from './device-list.ts';
export { checkProposal, encodeLinkCode, parseLinkCode, type LinkCode } from './link-code.ts';
export { CertificateCache } from './certificate-cache.ts';
export { CertificateMarks } from './certificate-marks.ts';
export { IdentityError, type IdentityErrorCode } from './identity-error.ts';
export { describeAddressOrInvite, encodeInvite, parseInvite, type AddressOrInvite, type Invite } from './invite.ts';
export {
  LEASE_TOLERANCE_MS,
  networkIdOf,
  signDescriptor,
  verifyDescriptor,
  type DescriptorExpectation,
  type DescriptorFields,
  type VerifiedDescriptor,
} from './node-descriptor.ts';
export { verifyBundle, type VerifiedBundle } from './key-bundle.ts';
export { verifyKeyUpload, type EncodedKey, type LastingKeys, type VerifiedKeyUpload } from './key-upload.ts';
export type { VerifiedOneTimeKey, VerifiedSignedKey } from './prekey.ts';
export { SEAL_KEY_BYTES, sealKeyBytes, verifySealKey, type VerifiedSealKey } from './seal-key.ts';
export { phraseFromSeed, PHRASE_WORDS, seedFromPhrase } from './recovery-phrase.ts';
export { checkRoute, MAX_ROUTE_URLS, requireNodeUrl, type Route } from './route.ts';
export { safetyNumber } from './safety-number.ts';
