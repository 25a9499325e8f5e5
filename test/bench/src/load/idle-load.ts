import type { Dialect, Recipient } from './dialect.ts';
import type { LoadOrder, Seen } from './order.ts';
import { inGroups, mark, now, sleep } from './pace.ts';

/** Time for the server to become still. */
const SETTLE_MS = 3_000;

/** So many come and do nothing. */
export async function idleLoad<R extends Recipient>(dialect: Dialect<R>, { pairs }: LoadOrder): Promise<Seen> {
  await mark('begin');
  const startedAt = now();
  let attached = 0;
  let refused = '';
  await inGroups(pairs, async (index) => {
    try {
      const recipient = await dialect.register(index);
      await recipient.attach(() => undefined);
      attached++;
    } catch (error) {
      refused = error instanceof Error ? error.message : String(error);
    }
  });
  const seconds = (now() - startedAt) / 1e6;
  await sleep(SETTLE_MS);
  await mark('idle');
  return { messages: attached, seconds, ...(refused !== '' && { refused }) };
}
