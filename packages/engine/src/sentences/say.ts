/** Sentences for a person that other faces of the engine can say in words of their own. */
import { SENTENCES } from './sentences.ts';
import type { SentenceName } from './sentences.ts';

/** One sentence: its name and what stands in it. */
export interface Said {
  readonly name: SentenceName;
  readonly values?: SaidValues;
}

export type SaidValues = Readonly<Record<string, string | number>>;

/** The same in English, and for programs. Several sentences follow on each other. */
export interface Spoken {
  readonly text: string;
  readonly said: readonly Said[];
}

export function say(name: SentenceName, values?: SaidValues): Spoken {
  return { text: english(name, values), said: [values === undefined ? { name } : { name, values }] };
}

/** One after the other. */
export function sayAll(...all: readonly Spoken[]): Spoken {
  return { text: all.map(({ text }) => text).join(' '), said: all.flatMap(({ said }) => said) };
}

/** The English has its own words: shorter, or with what only that language puts like this. */
export const inWords = (text: string, ...all: readonly Spoken[]): Spoken => ({ ...sayAll(...all), text });

function english(name: SentenceName, values: SaidValues = {}): string {
  const sentence: string | { readonly one: string; readonly other: string } = SENTENCES[name];
  const template = typeof sentence === 'string' ? sentence : values['count'] === 1 ? sentence.one : sentence.other;
  return template.replaceAll(/\{(\w+)\}/gu, (hole, key: string) => {
    const value = values[key];
    if (value === undefined) return hole;
    return typeof value === 'number' ? value.toLocaleString('en') : value;
  });
}
