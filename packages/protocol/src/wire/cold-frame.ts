import type { DescMessage, Message } from '@bufbuild/protobuf';
import { checkCount, checkLength, checkName, checkOptionalLength, checkRange, checkText, required } from './checks.ts';
import { decodeStrict, encode } from './decode-strict.ts';
import type { ColdFrameBody } from './frame.ts';
import { KeyUploadSchema } from './gen/keys_pb.js';
import {
  AnnouncementSchema,
  AttachSchema,
  AttachedSchema,
  BundlesSchema,
  CompareStateSchema,
  FetchBundlesSchema,
  FindSchema,
  FoundSchema,
  KeyCountsSchema,
  PresenceSchema,
  SetAccessSchema,
  StateCounterSchema,
} from './gen/link_pb.js';
import {
  FetchViewSchema,
  JoinSchema,
  JoinedSchema,
  PeerSchema,
  SpreadAcksSchema,
  TunnelCloseSchema,
  TunnelDataSchema,
  TunnelOpenSchema,
  ViewSchema,
} from './gen/ring_pb.js';
import type { Announcement, Bundles, FetchBundles, Find, Found, Presence, Present, SetAccess } from './gen/link_pb.js';
import { checkDeviceList } from './identity-message.ts';
import { checkPeer, checkSignedAccess } from './peer-message.ts';
import {
  checkFetchView,
  checkJoin,
  checkJoined,
  checkSpreadAcks,
  checkTunnelClose,
  checkTunnelData,
  checkTunnelOpen,
  checkView,
} from './ring-message.ts';
import { checkBundle, checkKeyUpload } from './key-message.ts';
import { MAX_ANNOUNCEMENT, MAX_BUNDLES, MAX_DEVICE, MAX_FOUND, MAX_PACKET, MAX_REQUEST_TOKENS } from './limits.ts';

interface ColdKind {
  readonly case: ColdFrameBody['case'];
  /** Field number in Frame.body. */
  readonly field: number;
  readonly schema: DescMessage;
  readonly check: (value: never) => void;
}

const noCheck = (): void => {};

export const PEER_FIELD = 33;

const KINDS: readonly ColdKind[] = [
  { case: 'attach', field: 8, schema: AttachSchema, check: (v: { name: string }) => checkName(v.name, 'Attach.name') },
  { case: 'attached', field: 9, schema: AttachedSchema, check: noCheck },
  { case: 'publishKeys', field: 10, schema: KeyUploadSchema, check: checkKeyUpload },
  { case: 'keyCounts', field: 11, schema: KeyCountsSchema, check: noCheck },
  { case: 'fetchBundles', field: 12, schema: FetchBundlesSchema, check: checkFetchBundles },
  { case: 'bundles', field: 13, schema: BundlesSchema, check: checkBundles },
  { case: 'setAccess', field: 14, schema: SetAccessSchema, check: checkSetAccess },
  { case: 'find', field: 16, schema: FindSchema, check: checkFind },
  { case: 'found', field: 17, schema: FoundSchema, check: checkFound },
  { case: 'presence', field: 18, schema: PresenceSchema, check: checkPresence },
  { case: 'announcement', field: 19, schema: AnnouncementSchema, check: checkAnnouncement },
  { case: 'compareState', field: 23, schema: CompareStateSchema, check: noCheck },
  { case: 'stateCounter', field: 24, schema: StateCounterSchema, check: noCheck },
  { case: 'fetchView', field: 25, schema: FetchViewSchema, check: checkFetchView },
  { case: 'view', field: 26, schema: ViewSchema, check: checkView },
  { case: 'join', field: 27, schema: JoinSchema, check: checkJoin },
  { case: 'joined', field: 28, schema: JoinedSchema, check: checkJoined },
  { case: 'tunnelOpen', field: 29, schema: TunnelOpenSchema, check: checkTunnelOpen },
  { case: 'tunnelData', field: 30, schema: TunnelDataSchema, check: checkTunnelData },
  { case: 'tunnelClose', field: 31, schema: TunnelCloseSchema, check: checkTunnelClose },
  { case: 'spreadAcks', field: 32, schema: SpreadAcksSchema, check: checkSpreadAcks },
  { case: 'peer', field: PEER_FIELD, schema: PeerSchema, check: checkPeer },
];

const byField = new Map(KINDS.map((kind) => [kind.field, kind]));
const byCase = new Map<string, ColdKind>(KINDS.map((kind) => [kind.case, kind]));

/** @param field one of the field numbers of Frame.body that is not hot. @throws WireError */
export function decodeColdBody(field: number, bytes: Uint8Array): ColdFrameBody {
  const kind = byField.get(field)!;
  const value = decodeStrict(kind.schema, bytes, MAX_PACKET);
  (kind.check as (value: Message) => void)(value);
  return { case: kind.case, value } as unknown as ColdFrameBody;
}

/** @returns the field number in Frame.body and the encoded value; null when the kind is not a cold one */
export function encodeColdBody(body: {
  readonly case: string;
  readonly value: unknown;
}): { field: number; bytes: Uint8Array } | null {
  const kind = byCase.get(body.case);
  return kind === undefined ? null : { field: kind.field, bytes: encode(kind.schema, body.value as Message) };
}

function checkFetchBundles(value: FetchBundles): void {
  checkLength(value.account, 32, 'FetchBundles.account');
  checkCount(value.devices, MAX_DEVICE, 'FetchBundles.devices');
  for (const device of value.devices) checkRange(device, 1, MAX_DEVICE, 'FetchBundles.devices');
  checkOptionalLength(value.capability, 16, 'FetchBundles.capability');
  checkOptionalLength(value.requestToken, 16, 'FetchBundles.request_token');
}

function checkBundles(value: Bundles): void {
  checkDeviceList(required(value.deviceList, 'Bundles.device_list'));
  checkCount(value.bundles, MAX_BUNDLES, 'Bundles.bundles');
  for (const bundle of value.bundles) checkBundle(bundle);
}

function checkSetAccess(value: SetAccess): void {
  checkOptionalLength(value.capabilityHash, 32, 'SetAccess.capability_hash');
  checkOptionalLength(value.previousHash, 32, 'SetAccess.previous_hash');
  checkCount(value.requestTokenHashes, MAX_REQUEST_TOKENS, 'SetAccess.request_token_hashes');
  for (const hash of value.requestTokenHashes) checkLength(hash, 32, 'SetAccess.request_token_hashes');
  if (value.signed !== undefined) checkSignedAccess(value.signed, 'SetAccess.signed');
}

function checkFind(value: Find): void {
  if (value.token.length !== 0) checkRange(value.token.length, 12, 12, 'length of Find.token');
}

function checkPresent(value: Present): void {
  checkLength(value.account, 32, 'Present.account');
  checkName(value.name, 'Present.name');
}

function checkFound(value: Found): void {
  checkCount(value.present, MAX_FOUND, 'Found.present');
  for (const present of value.present) checkPresent(present);
}

function checkPresence(value: Presence): void {
  checkPresent(required(value.who, 'Presence.who'));
}

function checkAnnouncement(value: Announcement): void {
  checkText(value.text, MAX_ANNOUNCEMENT, 'Announcement.text');
  checkLength(value.signature, 64, 'Announcement.signature');
}
