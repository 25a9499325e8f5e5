/** Everything the engine says to a person, by name. Names are stable: other faces of it have texts of their own for them. */
import { ACCOUNT_SENTENCES } from './account-sentences.ts';
import { BROWSER_SENTENCES } from './browser-sentences.ts';
import { DOCTOR_SENTENCES } from './doctor-sentences.ts';
import { MESSAGE_SENTENCES } from './message-sentences.ts';
import { NODE_SENTENCES } from './node-sentences.ts';

/** In English. `{name}` stands for a value; `one` and `other` are chosen by the value `count`. */
export const SENTENCES = {
  ...MESSAGE_SENTENCES,
  ...ACCOUNT_SENTENCES,
  ...NODE_SENTENCES,
  ...BROWSER_SENTENCES,
  ...DOCTOR_SENTENCES,
} as const satisfies Readonly<Record<string, string | Plural>>;

interface Plural {
  readonly one: string;
  readonly other: string;
}

export type SentenceName = keyof typeof SENTENCES;
