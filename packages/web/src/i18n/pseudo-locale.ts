/**
 * Two locales made of English, for tests. `en-XA`: accented and a third longer; what stays plain was not taken from a text
 * file, what is cut off has too little room. `ar-XB`: the same right to left.
 */

/** Texts in the shape i18next takes: strings in objects. */
export type Texts = { readonly [key: string]: string | Texts };

export type PseudoLocale = 'en-XA' | 'ar-XB';

const PLAIN = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ';
const ACCENTED = 'áƀçđéƒǧĥíĵķłɱñóþɋřšŧúṽŵẋýžÁƁÇĐÉƑǦĤÍĴĶŁṀÑÓÞɊŘŠŦÚṼŴẊÝŽ';
/** What must stay as it is: {{values}}, <tags>, $t(references). */
const KEPT = /\{\{[^}]*\}\}|<[^>]*>|\$t\([^)]*\)/u;
/** Length of an added word, with the space before it. */
const WORD = 8;
const RIGHT_TO_LEFT = '\u202e';
const POP = '\u202c';

export function distort(texts: Texts, locale: PseudoLocale): Texts {
  return Object.fromEntries(
    Object.entries(texts).map(([key, text]) => [
      key,
      typeof text === 'string' ? distortText(text, locale) : distort(text, locale),
    ]),
  );
}

export function distortText(text: string, locale: PseudoLocale): string {
  const parts = text.split(new RegExp(`(${KEPT.source})`, 'u'));
  const turned = parts.map((part) => {
    if (part === '' || KEPT.test(part)) return part;
    return locale === 'en-XA' ? accent(part) : `${RIGHT_TO_LEFT}${part}${POP}`;
  });
  if (locale === 'ar-XB') return turned.join('');
  return `[${turned.join('')}${padding(Math.ceil(text.length / 3))}]`;
}

/** In words, as another language would have more of them: a line may break between. */
function padding(length: number): string {
  const words = Array.from({ length: Math.floor(length / WORD) }, () => ` ${'~'.repeat(WORD - 1)}`);
  return '~'.repeat(length % WORD) + words.join('');
}

function accent(text: string): string {
  return Array.from(text, (letter) => Array.from(ACCENTED)[PLAIN.indexOf(letter)] ?? letter).join('');
}
