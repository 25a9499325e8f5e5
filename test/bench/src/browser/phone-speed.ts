import type { CDPSession, Page } from 'playwright-core';

/**
 * Scores of Lighthouse's BenchmarkIndex, by which Chromium's developer tools set their presets "mid-tier mobile" (as fast
 * as a Pixel 5) and "low-tier mobile" (a Moto G Power of 2022).
 */
export const MID_RANGE = 1000;
export const LOW_END = 264;

export interface PhoneSpeed {
  /** By which the page's own thread is slowed down. */
  readonly rate: number;
  /** What the machine then scores, just before it is used. */
  readonly score: number;
}

const ROUNDS = 8;
/** As near as is worth another round. */
const NEAR = 0.03;
/** Beyond what the first score asks for; higher rates only wait for the thread that does the slowing down. */
const MARGIN = 1.5;

/**
 * How much this machine has to be slowed down now to be as fast as a phone, by the score of a thread that is. A fixed
 * rate would be another phone on each machine, and on a virtual one from minute to minute.
 * @param page of its own, empty
 * @param target null: as it is
 * @returns rate 1, and what it scores, where the machine is no faster than the phone
 */
export async function phoneSpeed(page: Page, devtools: CDPSession, target: number | null): Promise<PhoneSpeed> {
  const scoreAt = async (rate: number): Promise<number> => {
    await devtools.send('Emulation.setCPUThrottlingRate', { rate });
    return await page.evaluate(benchmarkIndex, 250);
  };
  // The first one compiles it.
  await scoreAt(1);
  let best: PhoneSpeed = { rate: 1, score: await scoreAt(1) };
  if (target === null) return best;
  const most = (best.score / target) * MARGIN;
  const farness = ({ score }: PhoneSpeed): number => Math.abs(Math.log(score / target));
  let { rate, score } = best;
  for (let round = 0; round < ROUNDS && Math.abs(score / target - 1) > NEAR; round++) {
    // The score falls about as the rate rises.
    const next = Math.round(Math.max(1, Math.min(most, (rate * score) / target)) * 100) / 100;
    if (next === 1 && rate === 1) break;
    rate = next;
    score = await scoreAt(rate);
    if (farness({ rate, score }) < farness(best)) best = { rate, score };
  }
  await devtools.send('Emulation.setCPUThrottlingRate', { rate: 1 });
  return best;
}

/**
 * In the page. As Lighthouse defines the BenchmarkIndex (since Chromium 86): the mean of how often a second a string of
 * 10,000 letters is put together one by one, and of how often 100,000 numbers are copied from one array to another; both
 * divided by ten.
 */
function benchmarkIndex(durationMs: number): number {
  const perSecond = (run: (turn: number) => void, atOnce: number): number => {
    const start = Date.now();
    let turns = 0;
    while (turns % atOnce !== 0 || Date.now() - start < durationMs / 2) run(turns++);
    return turns / ((Date.now() - start) / 1000);
  };
  const letters = perSecond(() => {
    let text = '';
    for (let count = 0; count < 10_000; count++) text += 'a';
    if (text.length === 1) throw new Error('is never so, but has to be looked at');
  }, 1);
  const one: number[] = [];
  const other: number[] = [];
  for (let index = 0; index < 100_000; index++) one[index] = other[index] = index;
  const copies = perSecond((turn) => {
    const [from, to] = turn % 2 === 0 ? [one, other] : [other, one];
    for (let index = 0; index < from.length; index++) to[index] = from[index]!;
  }, 10);
  return (letters + copies) / 10 / 2;
}
