/**
 * Where a link leads elsewhere than it seems to, the host it really names (UTS 39, section 5.2; RFC 3986, section 3.2).
 */

/** Node and every browser have it (https://url.spec.whatwg.org); this package is compiled for neither. */
declare const URL: {
  new (text: string): { readonly hostname: string; readonly username: string; readonly password: string };
  canParse(text: string): boolean;
};

const MAX_LINK = 4096;

/** Scripts that read from right to left: the parts of such a link may stand in another order. */
const RIGHT_TO_LEFT = /[\p{Script=Hebrew}\p{Script=Arabic}\p{Script=Syriac}\p{Script=Thaana}\p{Script=Nko}]/u;

/** Letters of one label come from one of these, or from scripts that are written together ("highly restrictive"). */
const TOGETHER: readonly string[] = [
  'Latin',
  'Cyrillic',
  'Greek',
  'Armenian',
  'Georgian',
  'Hebrew',
  'Arabic',
  'Devanagari',
  'Bengali',
  'Gurmukhi',
  'Gujarati',
  'Tamil',
  'Telugu',
  'Kannada',
  'Malayalam',
  'Sinhala',
  'Thai',
  'Lao',
  'Khmer',
  'Myanmar',
  'Ethiopic',
  'Tibetan',
  'Mongolian',
  'Latin Han Hiragana Katakana',
  'Latin Han Bopomofo',
  'Latin Han Hangul',
];

/** Made when the first link is looked at: these classes are large, and a page should not wait for them. */
let together: readonly RegExp[] | null = null;
function writtenTogether(): readonly RegExp[] {
  together ??= TOGETHER.map((scripts) => {
    const classes = ['Common', 'Inherited', ...scripts.split(' ')].map((script) => `\\p{Script_Extensions=${script}}`);
    return new RegExp(`^[${classes.join('')}]*$`, 'u');
  });
  return together;
}

/** Cyrillic and Greek letters that look like Latin ones: a label of nothing else is meant to be taken for Latin. */
const LOOK_ALIKE = /^[асԁеһіјӏорԛѕԝхуъьҽпгѵѡαικνρυωηοτ\d-]*$/iu;

/** The host in the letters of DNS, when the link is made to look like another one; null: it is what it seems. */
export function suspiciousHost(link: string): string | null {
  if (link.length > MAX_LINK) return null;
  // Of a scheme of its own a browser knows no host: it is read like a web link.
  const url = parse(link.replace(/^[a-z][a-z0-9+.-]*:\/\//i, 'https://').replace(/^www\./i, 'https://www.'));
  if (url === null) return /[^\u0020-\u007e]/u.test(link) ? 'no valid address' : null;
  const { hostname } = url;
  const isDisguised = url.username !== '' || url.password !== '' || RIGHT_TO_LEFT.test(link);
  const written = /^[^/?#\\]*/u.exec(link.replace(/^.*?:\/\//u, ''))?.[0] ?? '';
  return isDisguised || written.split('.').some(isDeceptive) ? hostname : null;
}

function isDeceptive(label: string): boolean {
  if (/^[\u0021-\u007e]*$/u.test(label)) return /^xn--/i.test(label);
  const letters = label.normalize('NFKC').toLowerCase();
  // Letters that only stand for others (fullwidth, mathematical) have no business in a host.
  if (letters !== label.normalize('NFC').toLowerCase()) return true;
  return LOOK_ALIKE.test(letters) || !writtenTogether().some((script) => script.test(letters));
}

function parse(link: string): InstanceType<typeof URL> | null {
  return URL.canParse(link) ? new URL(link) : null;
}
