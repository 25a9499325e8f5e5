import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { EngineError } from '../api.ts';
import { asEngineError } from '../engine-errors.ts';
import { StoreError } from '../ports.ts';
import { RpcCalls } from '../rpc/rpc-calls.ts';
import { failureOf } from '../rpc/rpc-failure.ts';
import { readSaid } from './read-said.ts';
import { inWords, say, sayAll } from './say.ts';

const source = fileURLToPath(new URL('..', import.meta.url));
const files = readdirSync(source, { recursive: true, encoding: 'utf8' }).filter(
  (file) => file.endsWith('.ts') && !file.endsWith('.test.ts') && !file.startsWith(join('platform', 'node')),
);

/** Calls whose words stand there as a plain string: nobody else can say them in words of his own. */
function plainWords(text: string): readonly string[] {
  return [...text.matchAll(/new EngineError\(\s*[^,]+,\s*(['"`][^\n]*)/gu)].map(([, words = '']) => words);
}

describe('ENG-55: what is said to a person has a name', () => {
  it('in every error of the engine', () => {
    const plain = files.flatMap((file) => plainWords(readFileSync(join(source, file), 'utf8')));
    expect(files.length).toBeGreaterThan(100);
    expect(plain).toEqual([]);
  });

  it('would notice words without one', () => {
    expect(plainWords("throw new EngineError(\n  'failed',\n  'Plain.',\n);")).toHaveLength(1);
  });

  it('and its English words', () => {
    expect(say('text-too-long', { bytes: 50_000, most: 42_000 }).text).toBe(
      'The message is 50,000 bytes long. At most 42,000 fit one message; please send it in parts.',
    );
    expect(say('waiting-some', { count: 1 }).text).toBe('1 message not stored at a node yet.');
    expect(say('waiting-some', { count: 2 }).text).toBe('2 messages not stored at a node yet.');
    const both = sayAll(say('clock-unknown'), say('keys-unknown'));
    expect(both.said.map(({ name }) => name)).toEqual(['clock-unknown', 'keys-unknown']);
    expect(inWords('Other words.', both)).toEqual({ text: 'Other words.', said: both.said });
  });

  it('also where the fault is of a layer below', () => {
    expect(asEngineError(new StoreError('disk-full', 'x')).said).toEqual([{ name: 'disk-full' }]);
    expect(asEngineError(new TypeError('x')).said).toEqual([{ name: 'failed' }]);
  });
});

describe('RPC-4: the name crosses to other processes and tabs', () => {
  it('with its values', async () => {
    const calls = new RpcCalls(() => undefined);
    const { id, result } = calls.begin('send', {});
    const error = new EngineError('too-long', say('draft-too-long', { most: 7 }));
    calls.settle(structuredClone(failureOf(id, error)));
    await expect(result).rejects.toMatchObject({
      message: 'A draft is kept up to 7 characters.',
      said: [{ name: 'draft-too-long', values: { most: 7 } }],
    });
  });

  it.each([
    [[]],
    ['failed'],
    [[{ name: '<b>' }]],
    [[{ name: 'failed', values: { x: {} } }]],
    [[{ name: 'failed', values: null }]],
    [[null]],
    [Array.from({ length: 65 }, () => ({ name: 'failed' }))],
  ])('and anything of another shape counts as nothing said', (found) => {
    expect(readSaid(found)).toBeUndefined();
  });
});
