const MIN_CHARACTERS = 8;

/** Why a new passphrase cannot be taken; null: it can. */
export type PassphraseFault = 'tooShort' | 'unlike' | null;

/** Length is counted as people see it, and in the form in which it is used (NFC). */
export function checkNewPassphrase(first: string, repeated: string): PassphraseFault {
  if (Array.from(first.normalize('NFC')).length < MIN_CHARACTERS) return 'tooShort';
  return first.normalize('NFC') === repeated.normalize('NFC') ? null : 'unlike';
}
