import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline/promises';
import { EngineError } from '@sotto/engine/api';
import { EXIT } from '../exit-status.ts';
import { openProfileEngine } from '../open-profile.ts';
import { whoamiText } from './about.ts';
import type { CommandContext } from './command-context.ts';
import { FIRST_CONNECTION_MS, untilConnected } from './until-connected.ts';
import { behindWords, PUBLISHED_MS, untilPublished } from './until-published.ts';

/** `sotto init`: a new identity, or with a recovery phrase the account it belongs to. */
export async function init(
  { name, phraseFile }: { name?: string; phraseFile?: string },
  { options, print, tell }: CommandContext,
): Promise<number> {
  let phrase: string | null = null;
  const engine = await openProfileEngine(options, {
    identity: async () => {
      const restored = phraseFile === undefined ? {} : { phrase: readPhrase(phraseFile) };
      return { name: name ?? (await askName()), ...restored };
    },
    created: (words) => (phrase = words),
  });
  try {
    const { state, problem, code } = await untilConnected(engine, FIRST_CONNECTION_MS);
    const me = await engine.whoami({});
    if (phrase === null) {
      tell('This profile has an identity already; nothing was changed.');
      print(me, whoamiText(me));
      return EXIT.badInput;
    }
    print({ ...me, phrase, ...(problem === undefined ? {} : { problem }) }, whoamiText(me));
    if (state !== 'online') {
      tell(
        `\nThe identity is made, but the node ${me.node} was not reached. ${problem ?? 'It has not answered yet.'}${phraseFile === undefined ? '' : ' This becomes a device of the account as soon as it is.'}`,
      );
    }
    const published = state === 'online' ? await untilPublished(engine, PUBLISHED_MS) : null;
    if (published?.homesBehind !== undefined) tell(`\n${behindWords(published)}`);
    tell(`\nRecovery phrase. Write it down and keep it secret: it is the account.\n\n    ${String(phrase)}\n`);
    // A node that is not there now may be there later; one that does not want this profile wants something changed.
    return code === 'not-allowed' ? EXIT.notAllowed : EXIT.done;
  } finally {
    await engine.close();
  }
}

/** On a terminal a person can be asked; a script has to say it. */
export async function askName(): Promise<string> {
  if (!process.stdin.isTTY) throw new EngineError('bad-input', 'A name is needed: --name NAME');
  const prompt = createInterface({ input: process.stdin, output: process.stderr });
  try {
    const name = (await prompt.question('Your name, as others will see it: ')).trim();
    if (name === '') throw new EngineError('bad-input', 'A name is needed.');
    return name;
  } finally {
    prompt.close();
  }
}

/** @throws EngineError('bad-input') */
export function readPhrase(path: string): string {
  try {
    return readFileSync(path, 'utf8').trim();
  } catch (error) {
    throw new EngineError('bad-input', `The recovery phrase file ${path} cannot be read.`, false, { cause: error });
  }
}
