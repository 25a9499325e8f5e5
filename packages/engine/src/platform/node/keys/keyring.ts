import { createRequire } from 'node:module';
import { ProfileError } from '../profile-error.ts';

/** Where the system keeps secrets for programs: Keychain, Credential Manager, Secret Service. */
export interface Keyring {
  /** null when it has no such entry. @throws ProfileError('keyring') when it cannot be asked */
  get(entry: string): Uint8Array | null;
  set(entry: string, secret: Uint8Array): void;
  remove(entry: string): void;
}

interface Entry {
  getSecret(): readonly number[] | Uint8Array | null;
  setSecret(secret: Uint8Array): void;
  deleteCredential(): boolean;
}

interface Binding {
  readonly Entry: new (service: string, name: string, options: { linux: { store: 'secret-service' } }) => Entry;
}

const SERVICE = 'Sotto';
const require = createRequire(import.meta.url);

/** The keyring of this system, loaded when it is first used: few profiles use one. */
export const systemKeyring: Keyring = {
  get: (entry) =>
    asking(entry, (found) => {
      const secret = found.getSecret();
      return secret === null ? null : Uint8Array.from(secret);
    }),
  set: (entry, secret) => asking(entry, (found) => found.setSecret(secret)),
  remove: (entry) =>
    asking(entry, (found) => {
      found.deleteCredential();
    }),
};

function asking<T>(name: string, ask: (entry: Entry) => T): T {
  try {
    const { Entry } = require('@napi-rs/keyring') as Binding;
    // Without this Linux would fall back to the kernel's keyring, which forgets everything at the next start.
    return ask(new Entry(SERVICE, name, { linux: { store: 'secret-service' } }));
  } catch (error) {
    throw new ProfileError(
      'keyring',
      'The keyring of this system cannot be used: there is none, it is locked, or this program may not ask it. Log in to a desktop session and unlock it.',
      { cause: error },
    );
  }
}
