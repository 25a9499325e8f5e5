import { expect, test } from 'vitest';
import { ownScript } from './trusted-types.ts';

const BASE = 'https://node.example/';

test.each(['/assets/worker-a1_B.js', './sw.js', 'https://node.example/assets/x.js'])('WEB-7: %s may run', (url) => {
  expect(ownScript(url, BASE)).toBe(new URL(url, BASE).href);
});

test.each([
  'https://other.example/assets/x.js',
  '//other.example/assets/x.js',
  'data:text/javascript,alert(1)',
  'blob:https://node.example/6ec2',
  'javascript:alert(1)',
  '/assets/../upload.js',
  '/assets/x/y.js',
  '/assets/x.js?callback=evil',
  '/sw.js?other',
  '/other.js',
  '/assets/x.wasm',
])('WEB-7: %s may not', (url) => {
  expect(() => ownScript(url, BASE)).toThrow(TypeError);
});

test('WEB-7: below a path of a proxy, only there', () => {
  expect(ownScript('./assets/x.js', 'https://example.org/sotto/')).toBe('https://example.org/sotto/assets/x.js');
  expect(() => ownScript('/assets/x.js', 'https://example.org/sotto/')).toThrow(TypeError);
});
