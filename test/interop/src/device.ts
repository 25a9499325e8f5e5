/** One end of a conversation, ours or theirs. Everything that passes between two of them is bytes. */
export interface Device {
  readonly name: string;
  /** For how many epochs, its own last one included, it opens messages that come late. */
  readonly keptEpochs: number;
  /** Bytes of the whole stored state: sessions and prekeys. */
  snapshot(): string;
  /** Public keys for another device. The signatures are checked by whoever starts a session from them. */
  bundle(withOneTime: boolean): Bundle;
  /** Begins a session; the next message is a first message. */
  start(remote: Bundle): Promise<void>;
  send(plaintext: Uint8Array): Promise<Sent>;
  /** @throws RefusedError, and then snapshot() is what it was */
  receive(sent: Sent): Promise<Uint8Array>;
  /** Goes on from what is stored: nothing in memory survives. */
  restart(): void;
  /** Another device with the same stored state, to try something on. */
  fork(): Device;
}

export interface Sent {
  readonly kind: 'prekey' | 'ratchet';
  readonly message: Uint8Array;
}

export interface SignedKey {
  readonly id: number;
  /** With its type byte. */
  readonly key: Uint8Array;
  readonly signature: Uint8Array;
}

export interface Bundle {
  readonly registrationId: number;
  readonly identityKey: Uint8Array;
  readonly signedPrekey: SignedKey;
  readonly kyberPrekey: SignedKey;
  readonly oneTime: { readonly id: number; readonly key: Uint8Array } | null;
}

/** A message or bundle that a device does not take. */
export class RefusedError extends Error {
  /** The message was opened before, or its key is gone. */
  readonly duplicate: boolean;
  constructor(duplicate: boolean, options: ErrorOptions) {
    super('refused', options);
    this.name = 'RefusedError';
    this.duplicate = duplicate;
  }
}

/** Ids of prekeys that both kinds of device use. */
export const SIGNED_PREKEY_ID = 7;
export const KYBER_PREKEY_ID = 9;
export const FIRST_ONE_TIME_ID = 100;
export const REGISTRATION_ID = { sotto: 11, signal: 22 } as const;

/** Who is who, in titles. */
export const SIDES = ['Sotto', 'the library'] as const;
export type Side = (typeof SIDES)[number];
