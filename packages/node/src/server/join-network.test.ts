import { expect, test } from 'vitest';
import { isUnprotected } from './join-network.ts';

test.each([
  ['ws://node.example:8080', true],
  ['WS://192.168.0.7:8080', true],
  ['wss://node.example', false],
  ['ws://127.0.0.1:8080', false],
  ['ws://[::1]:8080', false],
  ['ws://localhost:8080', false],
  ['sotto-join:AAAA', false],
])('RING-44: %s is believed unproven: %s', (to, expected) => {
  expect(isUnprotected(to)).toBe(expected);
});
