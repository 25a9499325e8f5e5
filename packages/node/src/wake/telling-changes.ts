import type { KeyStore } from '../directory/key-directory.ts';
import type { Wake } from './wake.ts';

/** The same store, whose changes of access are told to the other edges once they are on the disk. null: there are none. */
export function tellingChanges(store: KeyStore, wake: Pick<Wake, 'accessChanged'> | null): KeyStore {
  if (wake === null) return store;
  return {
    keyCounts: (mailbox, device) => store.keyCounts(mailbox, device),
    claimBundles: (mailbox, devices, oneTime) => store.claimBundles(mailbox, devices, oneTime),
    access: (mailbox) => store.access(mailbox),
    compareState: (mailbox, device, expected, next) => store.compareState(mailbox, device, expected, next),
    tokenIsValid: (mailbox, tokenHash) => store.tokenIsValid(mailbox, tokenHash),
    async publishKeys(published) {
      const counts = await store.publishKeys(published);
      if (published.deviceList !== null) wake.accessChanged(published.mailbox);
      return counts;
    },
    async setAccess(mailbox, access, tokenHashes) {
      const set = await store.setAccess(mailbox, access, tokenHashes);
      wake.accessChanged(mailbox);
      return set;
    },
  };
}
