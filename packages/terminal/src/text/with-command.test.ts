import { glob, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { SENTENCES, withCommand } from './with-command.ts';

const ENGINE = join(import.meta.dirname, '../../../engine/src');

describe('CLI-2: what the engine advises is said with the command that does it', () => {
  it('every sentence is one that the engine says', async () => {
    const sources: string[] = [];
    for await (const path of glob('**/*.ts', { cwd: ENGINE })) {
      if (!path.endsWith('.test.ts')) sources.push(await readFile(join(ENGINE, path), 'utf8'));
    }
    expect(SENTENCES.filter((sentence) => !sources.some((source) => source.includes(sentence)))).toEqual([]);
  });

  it.each([
    ['This profile has no identity yet. Create one first.', '… Create one first (sotto init).'],
    ['The node is a private room: it needs a pre-shared key.', '… needs a pre-shared key (--psk-file FILE).'],
    ['The disk is full.', 'The disk is full.'],
  ])('%s', (text, expected) => {
    expect(withCommand(text)).toContain(expected.replace('… ', ''));
  });
});
