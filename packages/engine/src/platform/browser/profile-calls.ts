/** What a page asks of a profile beside the engine's methods, as it crosses to the worker and between tabs. */
import type { BackupProgress } from '../../backup/write-backup.ts';
import type { LinkedDevice, LinkProgress } from '../../devices/link-device.ts';
import type { NewAccount, WrittenBackup } from './profile-client.ts';

/** Version of the conversation between page, worker and tabs. Whoever speaks another one is not talked to (TAB-5). */
export const TAB_PROTOCOL = 1;

export interface ProfileCalls {
  'profile.create': { params: NewAccount; result: null };
  'profile.link': { params: { node: string; name: string; psk?: Uint8Array }; result: LinkedDevice };
  'profile.restore': {
    params: { file: Blob; passphrase: string; revokeOthers: boolean; phrase?: string; node?: string };
    result: { contacts: number; messages: number };
  };
  'profile.unlock': { params: { passphrase: string }; result: null };
  'profile.lock': { params: Record<string, never>; result: null };
  'profile.setPassphrase': { params: { current: string | null; next: string | null }; result: null };
  'profile.phrase': { params: { passphrase: string | null }; result: string | null };
  'profile.writeBackup': { params: { passphrase: string }; result: WrittenBackup };
  'profile.erase': { params: Record<string, never>; result: null };
}

export type ProfileMethod = keyof ProfileCalls;

/** Word of a call under way. */
export type ProfileProgress =
  | { readonly kind: 'code'; readonly code: string; readonly expires: number }
  | { readonly kind: 'link'; readonly progress: LinkProgress }
  | { readonly kind: 'backup'; readonly progress: BackupProgress };

/** Whether a call whose answer was lost with the leading tab is made again: where twice is the same as once. */
const METHODS: { readonly [Method in ProfileMethod]: 'again' | 'once' } = {
  'profile.create': 'once',
  'profile.link': 'once',
  'profile.restore': 'once',
  'profile.unlock': 'again',
  'profile.lock': 'again',
  'profile.setPassphrase': 'once',
  'profile.phrase': 'again',
  'profile.writeBackup': 'again',
  // Somebody else may have come since; a tab that has heard nobody go asks again all the same.
  'profile.erase': 'once',
};

export function isProfileMethod(method: string): method is ProfileMethod {
  return Object.hasOwn(METHODS, method);
}

export function mayAskAgain(method: ProfileMethod): boolean {
  return METHODS[method] === 'again';
}
