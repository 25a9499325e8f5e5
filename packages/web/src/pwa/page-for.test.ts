import { expect, it } from 'vitest';
import { pageFor } from './page-for.ts';

it('MEET-9, TAB-10: a notification never leads the page of a private session elsewhere, which would end it', () => {
  const secret = { url: 'https://node.example/?private#/' };
  const kept = { url: 'https://node.example/?locale=en#/c/x' };
  expect(pageFor([secret, kept])).toBe(kept);
  expect(pageFor([secret])).toBeNull();
  expect(pageFor([])).toBeNull();
});
