import type { Mark, LoadReport } from './order.ts';

const AT_ONCE = 32;

/** µs since some moment before the process started, the same for all processes of the machine. */
export const now = (): number => Number(process.hrtime.bigint() / 1000n);

export const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Tells the parent and waits until it has read the server's usage. */
export function mark(name: Mark): Promise<void> {
  const answer = told();
  process.send!({ mark: name } satisfies LoadReport);
  return answer;
}

/** Resolves when the parent says anything. */
export const told = (): Promise<void> => new Promise((resolve) => process.once('message', () => resolve()));

/** Makes `count` of them, so many at a time. */
export async function inGroups<T>(count: number, make: (index: number) => Promise<T>, atOnce = AT_ONCE): Promise<T[]> {
  const made: T[] = [];
  let next = 0;
  const lane = async (): Promise<void> => {
    while (next < count) {
      const index = next++;
      made[index] = await make(index);
    }
  };
  await Promise.all(Array.from({ length: Math.min(atOnce, count) }, lane));
  return made;
}

/**
 * Calls `send` for each message when it is due, however long those before take: their latency counts from when they were
 * due, not from when they could be sent (no coordinated omission).
 */
export async function openLoop(
  rate: number,
  running: () => boolean,
  send: (index: number, dueAt: number) => void,
  patient = false,
): Promise<void> {
  const startedAt = now();
  for (let sent = 0; running();) {
    const due = Math.floor(((now() - startedAt) / 1e6) * rate);
    for (; sent < due; sent++) send(sent, startedAt + (sent / rate) * 1e6);
    await (patient ? sleep(1) : new Promise(setImmediate));
  }
}
