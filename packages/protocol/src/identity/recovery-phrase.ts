import { entropyToMnemonic, mnemonicToEntropy } from '@scure/bip39';
import { wordlist } from '@scure/bip39/wordlists/english.js';
import { IdentityError } from './identity-error.ts';
import { requireLength } from './statement.ts';

export const PHRASE_WORDS = 24;

const known = new Set(wordlist);

/** The account seed (32 B) as 24 English words (BIP-39, 8 bits of checksum). */
export function phraseFromSeed(seed: Uint8Array): string {
  requireLength(seed, 32, 'The account seed');
  return entropyToMnemonic(seed, wordlist);
}

/**
 * The account seed of a phrase. Case and the kind of white space do not matter. The entropy itself is the seed:
 * BIP-39's PBKDF2 step has no use without a passphrase.
 * @throws IdentityError('phrase-length' | 'phrase-word' | 'phrase-checksum'); the text tells the position, never a word
 */
export function seedFromPhrase(text: string): Uint8Array {
  const words = text.normalize('NFKD').toLowerCase().split(/\s+/u).filter(Boolean);
  // A wrong word first: it tells more than a wrong count when a word was split or joined.
  const unknown = words.findIndex((word) => !known.has(word));
  if (unknown >= 0) {
    throw new IdentityError('phrase-word', `Word ${unknown + 1} of the recovery phrase is not in the word list.`, {
      values: { position: unknown + 1 },
    });
  }
  if (words.length !== PHRASE_WORDS) {
    throw new IdentityError('phrase-length', `A recovery phrase has ${PHRASE_WORDS} words, this one ${words.length}.`, {
      values: { most: PHRASE_WORDS, count: words.length },
    });
  }
  try {
    return mnemonicToEntropy(words.join(' '), wordlist);
  } catch {
    throw new IdentityError(
      'phrase-checksum',
      'Every word is known, but together they are no recovery phrase: one is wrong, or two changed places.',
    );
  }
}
