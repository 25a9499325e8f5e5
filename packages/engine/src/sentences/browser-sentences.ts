/** What can be said of a profile in a browser. */
export const BROWSER_SENTENCES = {
  'browser-disk-full':
    'There is no more room in this browser. Nothing was changed. Make room on the disk, then try again.',
  'browser-database-unusable':
    'The database of this profile cannot be used just now. Nothing that was written is lost. Reload the page, then try again.',
  'browser-busy':
    'Something else is just being done with this profile, perhaps in another tab. Wait until it is done, then try again.',
  'browser-private-unlockable':
    'A private session keeps nothing, so there is nothing that a passphrase could lock. It is gone when its tab is closed.',
  'browser-not-locked': 'This profile is not locked with a passphrase.',
  'browser-locked': 'This profile is locked. Unlock it with its passphrase.',
  'browser-locked-try-again': 'This profile is locked. Unlock it with its passphrase, then try again.',
  'browser-passphrase-needed': 'This profile is locked with a passphrase: give it to go on.',
  'browser-passphrase-missing': 'There is no passphrase that would open it again. Set one first.',
  'browser-passphrase-short': 'A passphrase has at least {least} characters.',
  'browser-passphrase-wrong': 'This is not the passphrase of this profile. Nothing was changed. Try again.',
  'browser-profile-exists': 'There is a profile in this browser already. Erase it first, or use a private session.',
  'browser-profile-none': 'There is no profile open in this browser. Make one, or restore one, first.',
  'browser-method-unknown': 'There is no such method.',
  'browser-newer-version': 'This profile was written by a newer version of Sotto. Reload the page.',
  'browser-closed': 'This profile was closed in this tab. Reload the page.',
  'browser-tab-ended': 'The tab that was doing this was closed. It may have been done, or not: look, then try again.',
  'browser-other-version': 'Another tab runs a different version of Sotto.',
  'failure-no-storage':
    'This browser gives Sotto no place to keep anything: it is a private window, or storage for this site is switched off. Open the page in an ordinary window, or allow storage for this site; or use a private session, which is gone when its tab is closed.',
  'failure-corrupt':
    'What this browser keeps of your profile is damaged, or was not written by Sotto. It cannot be opened. Erase it here, then restore a backup or take up your account with the recovery phrase.',
  'failure-disk-full':
    'There is no more room: the disk is full, or the browser gives this site no more. Nothing that was written is lost. Make room, then reload the page.',
  'failure-newer':
    'Another tab runs a different version of Sotto, or a newer one has used this profile. Nothing was changed. Close all other tabs of Sotto, then reload this one.',
  'failure-failed':
    'The profile could not be opened. Nothing that was written is lost. Reload the page; if that does not help, restart the browser.',
} as const;
