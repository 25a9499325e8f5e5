import { expect, it } from 'vitest';
import { DEFAULT_PREFERENCES, readPreferences } from './preferences.ts';

it.each([null, '', '{', 'null', '[]', '42', '{"theme":"pink","lockAfterMinutes":-1,"notifications":7}'])(
  'what is not ours counts as nothing: %s',
  (text) => {
    expect(readPreferences(text)).toEqual(DEFAULT_PREFERENCES);
  },
);

it('takes what was kept', () => {
  const kept = { ...DEFAULT_PREFERENCES, theme: 'dark', enterSends: false, lockAfterMinutes: 0, phraseDue: true };
  expect(readPreferences(JSON.stringify(kept))).toEqual(kept);
});
