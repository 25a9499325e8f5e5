import {
  checkCount,
  checkLength,
  checkName,
  checkOptionalLength,
  checkRange,
  checkSize,
  checkText,
  required,
} from './checks.ts';
import { ReceiptKind, SyncContactStatus } from './gen/content_pb.js';
import type {
  Content,
  LinkStep,
  Profile,
  Sync,
  SyncContact,
  SyncDevices,
  SyncMessage,
  SyncRecalled,
  SyncSettings,
  SyncStream,
} from './gen/content_pb.js';
import { checkCertificate, checkDeviceList, checkRoute } from './identity-message.ts';
import {
  MAX_BODY,
  MAX_CERTIFICATE,
  MAX_DEVICE,
  MAX_DISAPPEAR_SECONDS,
  MAX_EMOJI,
  MAX_ORDER,
  MAX_ROOM_LINE,
} from './limits.ts';

/** Ids in one receipt, orders in one question for a gap. */
const MAX_IDS = 1000;
/** For a device that joins. */
const MAX_CONTACT_PARTS = 10_000;
const MAX_ARCHIVE_MESSAGES = 1_000_000;
/** For a device whose storage went back. */
const MAX_RECALLED_PARTS = 10_000;

// What a content says, shape only (WIRE-4). A kind of body this version does not know passes: it is shown as such.

/** @throws WireError */
export function checkContentBody(body: Content['body']): void {
  switch (body.case) {
    case 'text':
      checkOptionalLength(body.value.replyTo, 16, 'Text.reply_to');
      return checkRange(body.value.disappearAfter, 0, MAX_DISAPPEAR_SECONDS, 'Text.disappear_after');
    case 'receipt':
      checkRange(body.value.kind, ReceiptKind.DELIVERED, ReceiptKind.READ, 'Receipt.kind');
      return checkIds(body.value.ids, 'Receipt.ids');
    case 'askAgain':
      checkCount(body.value.orders, MAX_IDS, 'AskAgain.orders');
      return checkIds(body.value.ids, 'AskAgain.ids');
    case 'edit':
      return checkLength(body.value.target, 16, 'Edit.target');
    case 'delete':
      return checkLength(body.value.target, 16, 'Delete.target');
    case 'reaction':
      checkText(body.value.emoji, MAX_EMOJI, 'Reaction.emoji');
      return checkLength(body.value.target, 16, 'Reaction.target');
    case 'timer':
      return checkRange(body.value.seconds, 0, MAX_DISAPPEAR_SECONDS, 'Timer.seconds');
    case 'gone':
      return checkIds(body.value.ids, 'Gone.ids');
    case 'sync':
      return checkSync(body.value);
    case 'linkStep':
      return checkLinkStep(body.value);
    case 'roomLine':
      return checkText(body.value.text, MAX_ROOM_LINE, 'RoomLine.text');
    default:
  }
}

export function checkProfile(profile: Profile): void {
  checkName(profile.name, 'Profile.name');
  checkRange(profile.color, 0, 0xff_ffff, 'Profile.color');
}

function checkIds(ids: readonly Uint8Array[], field: string): void {
  checkCount(ids, MAX_IDS, field);
  for (const id of ids) checkLength(id, 16, field);
}

function checkSync({ event }: Sync): void {
  switch (event.case) {
    case 'sent':
      return checkSize(event.value.content, MAX_BODY, 'SyncSent.content');
    case 'read':
      checkLength(event.value.account, 32, 'SyncRead.account');
      return checkIds(event.value.ids, 'SyncRead.ids');
    case 'contact':
      return checkSyncContact(event.value);
    case 'settings':
      return checkSyncSettings(event.value);
    case 'archive':
      checkMessages(event.value.messages);
      return checkRange(event.value.part, 1, event.value.parts, 'SyncArchive.part');
    case 'devices':
      return checkSyncDevices(event.value);
    case 'recalled':
      return checkRecalled(event.value);
    default:
  }
}

function checkMessages(messages: readonly SyncMessage[]): void {
  for (const message of messages) {
    checkLength(message.account, 32, 'SyncMessage.account');
    checkRange(message.device, 1, MAX_DEVICE, 'SyncMessage.device');
    checkSize(message.content, MAX_BODY, 'SyncMessage.content');
    for (const amendment of message.amendments) checkSize(amendment, MAX_BODY, 'SyncMessage.amendments');
    checkRange(message.place, 1, MAX_ARCHIVE_MESSAGES, 'SyncMessage.place');
    checkRange(message.state, 0, 5, 'SyncMessage.state');
  }
}

function checkRecalled({ part, parts, next, told, orders, messages }: SyncRecalled): void {
  checkRange(part, 1, parts, 'SyncRecalled.part');
  checkRange(parts, 1, MAX_RECALLED_PARTS, 'SyncRecalled.parts');
  checkRange(Number(next), 1, MAX_ORDER + 1, 'SyncRecalled.next');
  checkRange(Number(told), 1, MAX_ORDER + 1, 'SyncRecalled.told');
  for (const { account, next: following } of orders) {
    checkLength(account, 32, 'SyncOrder.account');
    checkRange(Number(following), 1, MAX_ORDER + 1, 'SyncOrder.next');
  }
  checkMessages(messages);
}

function checkSyncDevices({ devices }: SyncDevices): void {
  checkCount(devices, MAX_DEVICE, 'SyncDevices.devices');
  for (const { device, name } of devices) {
    checkRange(device, 1, MAX_DEVICE, 'SyncDevice.device');
    checkName(name, 'SyncDevice.name');
  }
}

function checkStreams(streams: readonly SyncStream[], field: string): void {
  checkCount(streams, 2 * MAX_DEVICE, field);
  for (const { device, next } of streams) {
    checkRange(device, 1, MAX_DEVICE, field);
    checkRange(Number(next), 0, MAX_ORDER + 1, field);
  }
}

function checkSyncContact(contact: SyncContact): void {
  checkLength(contact.account, 32, 'SyncContact.account');
  checkRange(contact.status, SyncContactStatus.ACCEPTED, SyncContactStatus.REMOVED, 'SyncContact.status');
  checkName(contact.petname, 'SyncContact.petname');
  if (contact.profile !== undefined) checkProfile(contact.profile);
  if (contact.route !== undefined) checkRoute(contact.route);
  checkOptionalLength(contact.capability, 16, 'SyncContact.capability');
  checkRange(contact.disappearAfter, 0, MAX_DISAPPEAR_SECONDS, 'SyncContact.disappear_after');
  checkStreams(contact.streams, 'SyncContact.streams');
}

function checkSyncSettings(settings: SyncSettings): void {
  checkProfile(required(settings.profile, 'SyncSettings.profile'));
  checkLength(settings.capability, 16, 'SyncSettings.capability');
  checkOptionalLength(settings.previousCapability, 16, 'SyncSettings.previous_capability');
}

function checkLinkStep({ step }: LinkStep): void {
  switch (step.case) {
    case 'proposal':
      checkLength(step.value.secret, 16, 'LinkProposal.secret');
      return checkSize(step.value.certificateBody, MAX_CERTIFICATE, 'LinkProposal.certificate_body');
    case 'signature':
      checkName(step.value.name, 'LinkSignature.name');
      return checkLength(step.value.deviceSignature, 64, 'LinkSignature.device_signature');
    case 'contacts':
      for (const contact of step.value.contacts) checkSyncContact(contact);
      return checkRange(step.value.part, 1, MAX_CONTACT_PARTS, 'LinkContacts.part');
    case 'welcome':
      checkCertificate(required(step.value.certificate, 'LinkWelcome.certificate'));
      checkDeviceList(required(step.value.deviceList, 'LinkWelcome.device_list'));
      checkRoute(required(step.value.home, 'LinkWelcome.home'));
      checkOptionalLength(step.value.psk, 32, 'LinkWelcome.psk');
      checkRange(step.value.contactParts, 0, MAX_CONTACT_PARTS, 'LinkWelcome.contact_parts');
      checkRange(step.value.archiveMessages, 0, MAX_ARCHIVE_MESSAGES, 'LinkWelcome.archive_messages');
      checkStreams(step.value.streams, 'LinkWelcome.streams');
      if (step.value.devices !== undefined) checkSyncDevices(step.value.devices);
      return checkSyncSettings(required(step.value.settings, 'LinkWelcome.settings'));
    default:
  }
}
