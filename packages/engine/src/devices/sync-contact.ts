/** A contact, and the settings, as the devices of one account tell them to one another (DEV-12, DEV-13). */
import { create, SyncContactSchema, SyncContactStatus, SyncSettingsSchema } from '@sotto/protocol/wire';
import type { SyncContact, SyncSettings } from '@sotto/protocol/wire';
import type { ContactStatus } from '../api.ts';
import type { ContactEntry, ContactRecord } from '../contacts/contacts.ts';
import { routeFromWire, routeToWire } from '../contacts/route.ts';
import type { ProfileRecord } from '../account/profile.ts';

/** What a person decided about another. */
export type DecidedStatus = ContactStatus | 'removed';

const STATUSES: Record<DecidedStatus, SyncContactStatus> = {
  accepted: SyncContactStatus.ACCEPTED,
  request: SyncContactStatus.REQUEST,
  blocked: SyncContactStatus.BLOCKED,
  removed: SyncContactStatus.REMOVED,
};

export const decidedOn = ({ role, status }: Pick<ContactEntry, 'role' | 'status'>): DecidedStatus =>
  role === 'gone' ? 'removed' : status;

export function contactToWire(contact: ContactEntry): SyncContact {
  return create(SyncContactSchema, {
    account: contact.account,
    status: STATUSES[decidedOn(contact)],
    petname: contact.petname,
    profile: { name: contact.profileName, color: contact.color },
    verified: contact.verified,
    ...(contact.route === null ? {} : { route: routeToWire(contact.route) }),
    capability: contact.capability ?? new Uint8Array(0),
    changedAt: BigInt(contact.changedAt),
    disappearAfter: contact.timer?.seconds ?? 0,
    learnedAt: BigInt(contact.learnedAt),
  });
}

export function statusFromWire(status: SyncContactStatus): DecidedStatus {
  if (status === SyncContactStatus.REMOVED) return 'removed';
  return status === SyncContactStatus.BLOCKED
    ? 'blocked'
    : status === SyncContactStatus.REQUEST
      ? 'request'
      : 'accepted';
}

/** What a person decided: one of two decisions counts on all devices, the later, or of the same moment the greater. */
export interface Decision {
  readonly status: DecidedStatus;
  readonly petname: string;
  readonly verified: boolean;
  readonly changedAt: number;
}

export function isLaterDecision(a: Decision, b: Decision): boolean {
  if (a.changedAt !== b.changedAt) return a.changedAt > b.changedAt;
  return rankOf(a) > rankOf(b);
}

const rankOf = ({ status, petname, verified }: Decision): string => `${STATUSES[status]}${verified ? 0 : 1}${petname}`;

/** What the contact told of itself, when the other device learnt it later. */
export function learnedFromWire(
  told: SyncContact,
  known: Pick<ContactRecord, 'learnedAt' | 'capability'> | null,
  psk: Uint8Array | null,
): Partial<Omit<ContactRecord, 'account'>> {
  const learnedAt = Number(told.learnedAt);
  if (known !== null && learnedAt <= known.learnedAt) {
    const helps = known.capability === null && told.capability.length === 16;
    return helps ? { capability: told.capability.slice() } : {};
  }
  const route = routeFromWire(told.route, psk);
  return {
    learnedAt,
    ...(told.profile === undefined ? {} : { profileName: told.profile.name, color: told.profile.color }),
    ...(route === null ? {} : { route }),
    ...(told.capability.length === 16 ? { capability: told.capability.slice() } : {}),
  };
}

export function settingsToWire(profile: ProfileRecord): SyncSettings {
  return create(SyncSettingsSchema, {
    profile: { name: profile.name, color: profile.color },
    readReceipts: profile.readReceipts,
    typing: profile.typing,
    capability: profile.capability,
    previousCapability: profile.previousCapability ?? new Uint8Array(0),
    previousUntil: BigInt(profile.previousUntil),
    changedAt: BigInt(profile.changedAt),
  });
}

/** The part of a profile that all devices of the account share. */
export type SharedSettings = Pick<
  ProfileRecord,
  'name' | 'color' | 'readReceipts' | 'typing' | 'capability' | 'previousCapability' | 'previousUntil' | 'changedAt'
>;

export function settingsFromWire(settings: SyncSettings): SharedSettings {
  const { profile, readReceipts, typing, capability, previousCapability } = settings;
  return {
    name: profile?.name ?? '',
    color: profile?.color ?? 0,
    readReceipts,
    typing,
    capability: capability.slice(),
    previousCapability: previousCapability.length === 16 ? previousCapability.slice() : null,
    previousUntil: Number(settings.previousUntil),
    changedAt: Number(settings.changedAt),
  };
}

/** Whether something changed that the other devices are to know. */
export const isSharedChange = (before: ProfileRecord, now: ProfileRecord): boolean =>
  before.name !== now.name ||
  before.color !== now.color ||
  before.readReceipts !== now.readReceipts ||
  before.typing !== now.typing ||
  before.capability !== now.capability ||
  before.previousCapability !== now.previousCapability;
