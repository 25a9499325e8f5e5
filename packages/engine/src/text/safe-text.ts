/**
 * Text from other people must never steer what shows it: escape sequences, control characters and bidirectional
 * overrides become visible or vanish; everything else (emoji, right-to-left scripts, joiners) stays as it is.
 */

/** More marks than this on one character are cut: "zalgo" text would cover its neighbours. */
const MAX_MARKS = 8;

// C0 and C1 controls and DEL, except the newline.
// oxlint-disable-next-line no-control-regex
const CONTROLS = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/g;
// Embeddings, overrides, isolates, and marks that only change the direction of their surroundings.
const BIDI_CONTROLS = /[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;
// Invisible characters can hide text; joiners and variation selectors are part of scripts and emoji.
// oxlint-disable-next-line no-misleading-character-class
const INVISIBLE = /[\p{Default_Ignorable_Code_Point}--[\u200c\u200d\ufe0e\ufe0f]]/gv;
// oxlint-disable-next-line no-control-regex
const LINE_ENDS = /\r\n|[\r\u0085\u2028\u2029\u000b\u000c]/g;
const MARK_RUN = new RegExp(`(\\p{M}{${MAX_MARKS}})\\p{M}+`, 'gu');

/** Text that may span several lines; only `\n` is left of all control characters. */
export function safeText(text: string): string {
  return text
    .replace(LINE_ENDS, '\n')
    .replace(/\t/g, '    ')
    .replace(BIDI_CONTROLS, '')
    .replace(INVISIBLE, '')
    .replace(MARK_RUN, '$1')
    .replace(CONTROLS, visible);
}

/** The same on one line: names, previews, notices. */
export function safeLine(text: string): string {
  return safeText(text).replace(/\n+/g, ' ').trim();
}

/** Control pictures (U+2400 …) stand for C0 controls, the replacement character for C1. */
function visible(control: string): string {
  const code = control.charCodeAt(0);
  if (code === 0x7f) return '\u2421';
  return code < 0x20 ? String.fromCharCode(0x2400 + code) : '\ufffd';
}
