import type { Connection } from '@sotto/engine/api';
import { describe, expect, it } from 'vitest';
import { behindWords, untilPublished } from './until-published.ts';

const online = { state: 'online', node: 'ws://a', nodeId: 'aa', waiting: 0, homes: 3 } as const;

describe('a new account', () => {
  it('RING-66: waits until all its homes have its keys', async () => {
    const answers: Connection[] = [{ ...online, homesBehind: 2 }, { ...online, homesBehind: 1 }, online];
    let asked = 0;
    const engine = { connection: () => Promise.resolve(answers[asked++] ?? online) };
    expect(await untilPublished(engine, 60_000)).toBe(online);
    expect(asked).toBe(3);
  });

  it('RING-66: but not for ever, and says how many are missing', async () => {
    const behind = { ...online, homesBehind: 1 };
    const engine = { connection: () => Promise.resolve(behind) };
    expect(await untilPublished(engine, 0)).toBe(behind);
    expect(behindWords(behind)).toContain('1 of the 3 nodes that keep messages for you was not reached.');
  });
});
