/** What stands in a sentence of the interface without being of it: names, numbers, texts of others. */
import type { FormatterModule } from 'i18next';
import { formatNumber } from './format.ts';

const FIRST_STRONG_ISOLATE = '\u2068';
const POP_ISOLATE = '\u2069';
/** Letters and digits of writings from right to left, and signs that turn text round. */
const TURNS =
  /[\p{Script=Hebrew}\p{Script=Arabic}\p{Script=Syriac}\p{Script=Thaana}\p{Script=Nko}\p{Script=Adlam}]|[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufeff\u200e\u200f\u202a-\u202e\u2066-\u2069]|[\u{10800}-\u{10fff}\u{1e800}-\u{1efff}]/u;

/**
 * A value that reads in its own direction and leaves that of the sentence round it alone (Unicode UAX #9, 2.4.2). Where
 * all runs the same way there is nothing to isolate, and the text stays as it is for whoever reads or searches it.
 */
export function isolated(value: string, direction: 'ltr' | 'rtl'): string {
  const differs = direction === 'rtl' ? value !== '' : TURNS.test(value);
  return differs ? `${FIRST_STRONG_ISOLATE}${closed(value)}${POP_ISOLATE}` : value;
}

/** A value may not end the isolate that holds it, nor leave one open. */
function closed(value: string): string {
  let open = 0;
  let kept = '';
  for (const sign of value) {
    if (sign === POP_ISOLATE) {
      if (open === 0) continue;
      open -= 1;
    } else if (sign >= '\u2066' && sign <= '\u2068') {
      open += 1;
    }
    kept += sign;
  }
  return kept + POP_ISOLATE.repeat(open);
}

/** Puts values into texts: numbers as the reader writes them, words isolated. */
export const valueFormatter: FormatterModule = {
  type: 'formatter',
  init: () => undefined,
  add: () => undefined,
  addCached: () => undefined,
  format: (value: unknown, _format: string | undefined, locale: string | undefined) => {
    if (typeof value === 'number') return formatNumber(locale ?? 'en', value);
    if (typeof value === 'string') return isolated(value, locale?.startsWith('ar') === true ? 'rtl' : 'ltr');
    return '';
  },
};
