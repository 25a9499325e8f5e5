import { checkCount, checkLength, checkOptionalLength, checkRange, checkSize } from './checks.ts';
import { required } from './checks.ts';
import type {
  AccountRecord,
  Gossip,
  Keep,
  KeepItem,
  Kept,
  Partitions,
  Peer,
  PeerHello,
  Reconcile,
  SignedAccess,
} from './gen/ring_pb.js';
import { checkDescriptor, checkDeviceList } from './identity-message.ts';
import { checkSealKey, checkSignedKey } from './key-message.ts';
import {
  MAX_BODY,
  MAX_COPY_IDS,
  MAX_DESCRIPTORS,
  MAX_DEVICE,
  MAX_DIGESTS,
  MAX_KEEP_ITEMS,
  MAX_MARKS,
  MAX_PATH_HASHES,
  MAX_RANGE_IDS,
  MAX_RANGES,
  MAX_RENEWALS,
  PARTITIONS,
} from './limits.ts';
import { WireError } from './wire-error.ts';

// Shape only (WIRE-4) of what nodes say to each other.

export function checkPeer(value: Peer): void {
  const { body } = value;
  switch (body.case) {
    case 'hello':
      return checkHello(body.value);
    case 'gossip':
      return checkGossip(body.value);
    case 'keep':
      return checkKeep(body.value);
    case 'reconcile':
      return checkReconcile(body.value);
    case 'fetchCopies':
      checkPartition(body.value.partition);
      return checkIds(body.value.ids, MAX_COPY_IDS, 'FetchCopies.ids');
    case 'copies':
      return checkItems(body.value.items, 'Copies.items');
    case 'fetchAccount':
      return checkLength(body.value.account, 32, 'FetchAccount.account');
    case 'account':
      return checkAccount(body.value);
    case 'partitions':
      return checkPartitions(body.value);
    case 'kept':
      return checkKept(body.value);
    default:
      // Of a later version: whoever answers says UNSUPPORTED.
      return;
  }
}

export function checkSignedAccess(value: SignedAccess, field: string): void {
  checkLength(value.capabilityHash, 32, `${field}.capability_hash`);
  checkOptionalLength(value.previousHash, 32, `${field}.previous_hash`);
  checkRange(value.device, 1, MAX_DEVICE, `${field}.device`);
  checkLength(value.signature, 64, `${field}.signature`);
}

function checkHello(value: PeerHello): void {
  checkRange(value.lowestVersion, 1, value.highestVersion, 'PeerHello.lowest_version');
  checkLength(value.boot, 8, 'PeerHello.boot');
}

function checkGossip(value: Gossip): void {
  checkCount(value.descriptors, MAX_DESCRIPTORS, 'Gossip.descriptors');
  for (const descriptor of value.descriptors) checkDescriptor(descriptor);
  checkOptionalLength(value.digest, 512, 'Gossip.digest');
  checkCount(value.proofs, 8, 'Gossip.proofs');
  for (const { first, second } of value.proofs) {
    checkDescriptor(required(first, 'NodeProof.first'));
    checkDescriptor(required(second, 'NodeProof.second'));
  }
  if (value.marks.length % 16 !== 0) throw new WireError('bad-length', 'Gossip.marks: must be whole marks');
  if (value.marks.length > MAX_MARKS * 16) throw new WireError('too-large', 'Gossip.marks: too large');
  checkCount(value.renewals, MAX_RENEWALS, 'Gossip.renewals');
  for (const { mark, signature } of value.renewals) {
    checkLength(mark, 16, 'Renewal.mark');
    checkLength(signature, 64, 'Renewal.signature');
  }
}

function checkKeep(value: Keep): void {
  if (value.items.length === 0) throw new WireError('missing-field', 'Keep.items: none');
  checkRange(value.as, 1, 3, 'Keep.as');
  checkItems(value.items, 'Keep.items');
}

function checkItems(items: readonly KeepItem[], field: string): void {
  checkCount(items, MAX_KEEP_ITEMS, field);
  for (const item of items) {
    checkLength(item.mailbox, 32, `${field}.mailbox`);
    checkRange(item.device, 1, MAX_DEVICE, `${field}.device`);
    checkSize(item.body, MAX_BODY, `${field}.body`);
    checkOptionalLength(item.tokenHash, 32, `${field}.token_hash`);
    checkOptionalLength(item.capability, 16, `${field}.capability`);
  }
}

function checkKept(value: Kept): void {
  checkOptionalLength(value.signature, 64, 'Kept.signature');
  checkCount(value.items, MAX_KEEP_ITEMS, 'Kept.items');
  for (const { path } of value.items) {
    if (path.length % 32 !== 0) throw new WireError('bad-length', 'KeptItem.path: must be whole hashes');
    if (path.length > MAX_PATH_HASHES * 32) throw new WireError('too-large', 'KeptItem.path: too large');
  }
  checkLength(value.boot, 8, 'Kept.boot');
}

function checkPartitions(value: Partitions): void {
  checkPartition(value.from);
  checkRange(value.to, value.from, PARTITIONS - 1, 'Partitions.to');
  checkCount(value.digests, MAX_DIGESTS, 'Partitions.digests');
  for (const { partition, fingerprint } of value.digests) {
    checkRange(partition, value.from, value.to, 'PartitionDigest.partition');
    checkLength(fingerprint, 16, 'PartitionDigest.fingerprint');
  }
}

function checkReconcile(value: Reconcile): void {
  checkPartition(value.partition);
  checkCount(value.ranges, MAX_RANGES, 'Reconcile.ranges');
  for (const { upper, fingerprint, ids, hasIds } of value.ranges) {
    if (upper.length > 32) throw new WireError('bad-length', 'RangeMessage.upper: longer than 32 bytes');
    checkOptionalLength(fingerprint, 16, 'RangeMessage.fingerprint');
    if (hasIds && ids.length > 0) checkIds(ids, MAX_RANGE_IDS, 'RangeMessage.ids');
  }
}

function checkAccount(value: AccountRecord): void {
  checkLength(value.account, 32, 'AccountRecord.account');
  if (value.deviceList !== undefined) checkDeviceList(value.deviceList);
  checkCount(value.devices, MAX_DEVICE, 'AccountRecord.devices');
  for (const keys of value.devices) {
    checkRange(keys.device, 1, MAX_DEVICE, 'DeviceKeysRecord.device');
    checkSignedKey(required(keys.signedPrekey, 'DeviceKeysRecord.signed_prekey'), 33, 'DeviceKeysRecord.signed_prekey');
    checkSignedKey(
      required(keys.lastResortKyber, 'DeviceKeysRecord.last_resort_kyber'),
      1569,
      'DeviceKeysRecord.last_resort_kyber',
    );
    checkSealKey(required(keys.sealKey, 'DeviceKeysRecord.seal_key'));
  }
  if (value.access !== undefined) checkSignedAccess(value.access, 'AccountRecord.access');
}

function checkPartition(partition: number): void {
  checkRange(partition, 0, PARTITIONS - 1, 'partition');
}

function checkIds(ids: Uint8Array, max: number, field: string): void {
  checkSize(ids, max * 32, field);
  if (ids.length % 32 !== 0) throw new WireError('bad-length', `${field}: must be whole ids`);
}
