import type { KeyStore } from '../directory/key-directory.ts';

/** Keys and access of who is at a live node now. */
export interface LiveKeys extends KeyStore {
  /** A certified link of this account opened. */
  enter(account: Uint8Array): void;
  /** @returns whether it was the last one: everything of the account is forgotten, and what others hold is stale */
  leave(account: Uint8Array): boolean;
  /** @returns false when the token is unknown or spent */
  spendToken(mailbox: Uint8Array, tokenHash: Uint8Array): boolean | Promise<boolean>;
}
