import { describe, expect, it } from 'vitest';
import { OneAtATime } from './one-at-a-time.ts';

const never = new AbortController().signal;
const tryLater = expect.objectContaining({ code: 'try-later', retry: true });

/** Runs until it is told to end, and then as long as it likes. */
function slow(): { body: (signal: AbortSignal) => Promise<string>; finish: () => void; wasAborted: () => boolean } {
  const { promise, resolve } = Promise.withResolvers<string>();
  let given: AbortSignal | null = null;
  return {
    body: (signal) => {
      given = signal;
      return promise;
    },
    finish: () => resolve('done'),
    wasAborted: () => given?.aborted === true,
  };
}

describe('OneAtATime', () => {
  it('TAB-12: refuses a second change while one runs, and takes it afterwards', async () => {
    const changes = new OneAtATime();
    const first = slow();
    const running = changes.run(never, first.body);
    await expect(changes.run(never, () => Promise.resolve('second'))).rejects.toEqual(tryLater);
    first.finish();
    expect(await running).toBe('done');
    expect(await changes.run(never, () => Promise.resolve('second'))).toBe('second');
  });

  it('TAB-13: what goes instead ends the one that runs, and begins when that has ended', async () => {
    const changes = new OneAtATime();
    const first = slow();
    const running = changes.run(never, first.body);
    let hasBegun = false;
    const instead = changes.instead(never, () => {
      hasBegun = true;
      return Promise.resolve('erased');
    });
    expect(first.wasAborted()).toBe(true);
    expect(hasBegun).toBe(false);
    first.finish();
    expect(await instead).toBe('erased');
    expect(await running).toBe('done');
  });

  it('TAB-7: what comes behind lets the one that runs come to its end', async () => {
    const changes = new OneAtATime();
    const first = slow();
    const locking = changes.instead(never, first.body);
    let hasBegun = false;
    const unlocking = changes.behind(never, () => {
      hasBegun = true;
      return Promise.resolve('open');
    });
    await Promise.resolve();
    expect([first.wasAborted(), hasBegun]).toEqual([false, false]);
    first.finish();
    expect([await locking, await unlocking]).toEqual(['done', 'open']);
  });

  it('TAB-14: after the end nothing begins any more, not even what waited for it', async () => {
    const changes = new OneAtATime();
    const first = slow();
    const begun: string[] = [];
    const begin = (name: string) => (): Promise<string> => {
      begun.push(name);
      return Promise.resolve(name);
    };
    const running = changes.run(never, first.body);
    const waiting = changes.instead(never, begin('instead'));
    const ended = changes.end();
    const late = changes.run(never, begin('late'));
    const behind = changes.behind(never, begin('behind'));
    const outcomes = Promise.allSettled([waiting, late, behind]);
    first.finish();
    await ended;
    expect(await outcomes).toEqual([
      { status: 'rejected', reason: tryLater },
      { status: 'rejected', reason: tryLater },
      { status: 'rejected', reason: tryLater },
    ]);
    await expect(changes.run(never, begin('later'))).rejects.toEqual(tryLater);
    expect(begun).toEqual([]);
    expect(await running).toBe('done');
  });
});
