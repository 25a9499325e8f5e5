import { describe, expect, it } from 'vitest';
import { KeyReader, type Key } from './key-reader.ts';

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

describe('TERM-3: every key of a chunk counts', () => {
  it.each<[string, Key[]]>([
    ['hello\r', [{ text: 'hello' }, { name: 'enter' }]],
    ['a\rb\r', [{ text: 'a' }, { name: 'enter' }, { text: 'b' }, { name: 'enter' }]],
    ['\u001b[A\u001b[1;5Dx', [{ name: 'up' }, { name: 'word-left' }, { text: 'x' }]],
    ['\u001b[200~two\r\nlines\u001b[201~\r', [{ paste: 'two\nlines' }, { name: 'enter' }]],
    ['\u001b[<0;1;1M!', [{ text: '!' }]],
    ['\u001b\r', [{ name: 'newline' }]],
    ['漢👨‍👩‍👧‍👦\u007f', [{ text: '漢👨‍👩‍👧‍👦' }, { name: 'backspace' }]],
  ])('%j', (input, keys) => {
    expect(new KeyReader().read(bytes(input))).toEqual(keys);
  });

  it('gives the same keys however the bytes are cut into chunks', () => {
    const input = bytes('añ漢\u001b[3~\u001b[200~p\nq\u001b[201~\rz');
    const whole = new KeyReader().read(input);
    for (let at = 1; at < input.length; at++) {
      const reader = new KeyReader();
      const keys = [...reader.read(input.subarray(0, at)), ...reader.read(input.subarray(at))];
      expect(joinTexts(keys)).toEqual(joinTexts(whole));
    }
  });

  it('takes a lone ESC for the Escape key only after a pause', () => {
    const reader = new KeyReader();
    expect(reader.read(bytes('\u001b'))).toEqual([]);
    expect(reader.unfinished).toBe(true);
    expect(reader.flush()).toEqual([{ name: 'escape' }]);
    expect(reader.unfinished).toBe(false);
  });

  it('bounds a paste that never ends', () => {
    const reader = new KeyReader();
    const keys = reader.read(bytes(`\u001b[200~${'x'.repeat(200_000)}`));
    expect(keys).toEqual([{ paste: 'x'.repeat(100_000) }]);
    expect(reader.unfinished).toBe(false);
  });
});

function joinTexts(keys: readonly Key[]): Key[] {
  const joined: Key[] = [];
  for (const key of keys) {
    const last = joined.at(-1);
    if ('text' in key && last !== undefined && 'text' in last)
      joined[joined.length - 1] = { text: last.text + key.text };
    else joined.push(key);
  }
  return joined;
}
