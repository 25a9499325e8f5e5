/** Words of a recovery phrase (BIP 39, 256 bits). */
export const PHRASE_WORDS = 24;

/** Words as they were typed or pasted: numbers before them, line breaks and capitals do not matter. */
export function wordsOf(text: string): readonly string[] {
  return text
    .normalize('NFKD')
    .toLowerCase()
    .split(/[^\p{L}]+/u)
    .filter((word) => word !== '');
}

/** The file that is saved or printed: numbered, so that no word is lost or swapped. */
export function phraseSheet(words: readonly string[], heading: readonly string[]): string {
  const numbered = words.map((word, index) => `${String(index + 1).padStart(2, ' ')}. ${word}`);
  return `${[...heading, '', ...numbered].join('\n')}\n`;
}
