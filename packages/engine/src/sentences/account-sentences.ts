/** About the account, its devices and its backup. */
export const ACCOUNT_SENTENCES = {
  'identity-exists': 'This profile has an identity already. Choose another profile for a new one.',
  'identity-exists-linking': 'This profile has an identity already. Choose another profile for this account.',
  'identity-exists-restoring': 'This profile has an identity already. Restore into another one.',
  'identity-none': 'This profile has no identity yet.',
  'identity-none-create': 'This profile has no identity yet. Create one first.',
  'identity-none-backup': 'This profile has no identity: there is nothing to back up.',
  'psk-length': 'A pre-shared key is 32 bytes long.',
  'phrase-other-account': 'These words are the recovery phrase of another account.',
  'phrase-length': 'A recovery phrase has {most} words, this one {count}.',
  'phrase-word': 'Word {position} of the recovery phrase is not in the word list.',
  'phrase-checksum':
    'Every word is known, but together they are no recovery phrase: one is wrong, or two changed places.',
  'address-malformed': 'This is not an address of Sotto, or it was cut off or mistyped.',
  'invite-malformed': 'This is not an invite of Sotto, or it was cut off or mistyped.',
  'link-code-malformed': 'This is not a link code of Sotto, or it was cut off or mistyped.',
  'link-code-expired': 'This link code has run out. Let the new device show another one.',
  'identity-not-proven': 'What was given does not prove what it says.',
  'link-code-used': 'This link code was used already. Let the new device show another one.',
  'link-code-not-new': 'This is not the code of a new device.',
  'link-ran-out': 'The link code ran out: no device approved it in time. Begin again.',
  'link-cancelled': 'Linking was cancelled. Nothing was kept.',
  'link-incomplete': 'The device that approved sent something incomplete.',
  'link-busy': 'A device is being linked already.',
  'link-silent':
    'The new device does not answer. Is it still showing this code, and is its node reached? Nothing was changed.',
  'link-unsigned': 'The new device did not sign for itself. Nothing was changed.',
  'link-unconfirmed':
    'The device was added, but it has not confirmed it. If it does not come up by itself, remove it from the list of devices and link it again.',
  'devices-too-many': 'An account has at most {most} devices. Remove one first.',
  'devices-used-up': 'This account has used up all its device numbers.',
  'devices-offline': 'The list of devices can be changed only while the node is reached.',
  'devices-no-key':
    'This device was linked and does not hold the key of the account. Do it on the first device, or give the recovery phrase.',
  'devices-changed-elsewhere': 'The list of devices was changed from elsewhere just now. Try again.',
  'devices-unanswered':
    'The node did not answer. What was begun is finished by itself when it is back; then look again.',
  'devices-refused': 'The node refuses the new list of devices, and shows none in its place. It is offered again.',
  'device-unknown': 'There is no device {device} in this account.',
  'device-only': 'The only device of an account cannot be removed.',
  'device-removed':
    'This device was removed from the account. It sends and receives nothing any more; what it has stays readable. To use the account here again, link this device anew in a new profile.',
  'device-contradicts-backup':
    'The list of devices that the node has contradicts the one in the backup. Nothing was changed. Try another backup, or ask who runs the node.',
  'device-no-room':
    'This account cannot have another device. Remove one on a device that is listed, or restore again and take the others off the list.',
  'backup-linked-device':
    'This backup was made on a linked device and does not hold the key of the account. Give the recovery phrase as well.',
  'backup-not-a-backup': 'This file is not a backup of Sotto.',
  'backup-newer-version': 'This backup was made by a newer version of Sotto. Please update, then restore it.',
  'backup-wrong-passphrase': 'This is not the passphrase of this backup (or the first bytes of the file were changed).',
  'backup-damaged': 'This backup is damaged: it was changed or cut. Nothing of it was taken over. Use another copy.',
  'backup-unreadable':
    'What was written could not be read back: the disk or the memory of this machine is at fault. No backup was made; an older one is untouched.',
  'backup-cancelled': 'Stopped. Nothing was changed.',
  'profile-newer-version': 'This profile was written by a newer version of Sotto. Please update.',
} as const;
