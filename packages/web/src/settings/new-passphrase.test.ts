import { describe, expect, it } from 'vitest';
import { checkNewPassphrase } from './new-passphrase.ts';

describe('a new passphrase', () => {
  it.each([
    ['', '', 'tooShort'],
    ['seven77', 'seven77', 'tooShort'],
    ['🦊🦊🦊🦊', '🦊🦊🦊🦊', 'tooShort'],
    ['correct horse', 'correct horses', 'unlike'],
    ['correct horse', '', 'unlike'],
    ['correct horse', 'correct horse', null],
    ['caf\u00e9 au lait', 'cafe\u0301 au lait', null],
  ])('%s, again %s: %s', (first, repeated, fault) => {
    expect(checkNewPassphrase(first, repeated)).toBe(fault);
  });
});
