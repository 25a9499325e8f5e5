/** What a page uses of a profile in this browser: its states, what is done before there is an engine, and the engine. */
import type { EngineHandle } from '../../api.ts';
import type { BackupProgress } from '../../backup/write-backup.ts';
import type { LinkedDevice, LinkProgress } from '../../devices/link-device.ts';

/** How the database key is kept: by a key of this browser that no script can read out, by a passphrase, or nowhere. */
export type BrowserProtection = 'browser' | 'passphrase' | 'memory';

export type ProfileState =
  /** Looking what is there. */
  | { readonly kind: 'starting' }
  /** Nobody lives here yet: create(), link() or restore(). */
  | { readonly kind: 'empty' }
  /** Waits for unlock(). */
  | { readonly kind: 'locked' }
  /** The engine runs: in this tab's worker (`leads`), or in another tab's. */
  | { readonly kind: 'open'; readonly leads: boolean; readonly protection: BrowserProtection }
  /** Cannot be used; `text` says what happened, what it means and what to do. */
  | { readonly kind: 'failed'; readonly code: ProfileFailure; readonly text: string };

/**
 * `no-storage`: the browser gives no place to keep anything (a private window, storage switched off). `corrupt`: what is
 * kept here is damaged or not ours. `disk-full`. `newer`: another tab runs a newer or older version: reload.
 */
export type ProfileFailure = 'no-storage' | 'corrupt' | 'disk-full' | 'newer' | 'failed';

export interface NewAccount {
  readonly name: string;
  /** ws:// or wss:// address of the home node. */
  readonly node: string;
  /** Of a private room. */
  readonly psk?: Uint8Array;
  /** An invite that was opened: brings the key when `node` is the private room it leads to. */
  readonly invite?: string;
  /** Takes up an account whose phrase this is; none: a new account. */
  readonly phrase?: string;
}

export interface LinkRequest {
  readonly node: string;
  /** What this device shall be called. */
  readonly name: string;
  readonly psk?: Uint8Array;
  /** `expires`: ms since 1970. */
  readonly onCode: (code: string, expires: number) => void;
  readonly onProgress: (progress: LinkProgress) => void;
  readonly signal: AbortSignal;
}

export interface RestoreRequest {
  readonly file: Blob;
  readonly passphrase: string;
  readonly revokeOthers: boolean;
  readonly phrase?: string;
  readonly node?: string;
  readonly onProgress: (progress: BackupProgress) => void;
  readonly signal: AbortSignal;
}

export interface BackupRequest {
  readonly passphrase: string;
  readonly onProgress: (progress: BackupProgress) => void;
  readonly signal: AbortSignal;
}

export interface WrittenBackup {
  /** Verified by a trial restore. */
  readonly file: Blob;
  readonly contacts: number;
  readonly messages: number;
}

/** All methods reject with EngineError. */
export interface ProfileClient {
  readonly state: ProfileState;
  onState(listener: (state: ProfileState) => void): () => void;
  /** Its methods answer while the state is `open`; while another tab takes over they wait. */
  readonly engine: EngineHandle;
  create(account: NewAccount): Promise<void>;
  link(request: LinkRequest): Promise<LinkedDevice>;
  restore(request: RestoreRequest): Promise<{ contacts: number; messages: number }>;
  /** @throws EngineError('not-allowed') when it is not the passphrase */
  unlock(passphrase: string): Promise<void>;
  /** Forgets the database key in all tabs; needs a passphrase to have been set. */
  lock(): Promise<void>;
  /** `next` null: no passphrase any more. @throws EngineError('not-allowed') when `current` is not the one in force */
  setPassphrase(change: { current: string | null; next: string | null }): Promise<void>;
  /** The 24 words; null on a linked device, which does not hold the account's key. `passphrase`: where one is set. */
  phrase(params: { passphrase: string | null }): Promise<string | null>;
  writeBackup(request: BackupRequest): Promise<WrittenBackup>;
  /** Everything of this profile is gone from this browser, in all tabs. */
  erase(): Promise<void>;
  /** Lets go of it in this tab. */
  close(): void;
}

export interface OpenProfileOptions {
  /** A worker of this application; it runs `serveWorker()`. */
  readonly createWorker: () => Worker;
  /** Name of the profile in this browser; null: a throw-away one in memory, of this tab alone. */
  readonly profile: string | null;
}
