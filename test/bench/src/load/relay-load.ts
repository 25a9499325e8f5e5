import { quantilesOf } from '../statistics.ts';
import type { Dialect, Recipient } from './dialect.ts';
import type { LoadOrder, Seen } from './order.ts';
import { inGroups, mark, now, openLoop, sleep, told } from './pace.ts';

/**
 * Pairs of a sender and a recipient who is there. A message counts when the server answered for it (Sotto, acknowledged:
 * after the recipient's acknowledgement), else when it arrived. `rate` 0: each sender keeps `window` in flight.
 */
export async function relayLoad<R extends Recipient>(dialect: Dialect<R>, order: LoadOrder): Promise<Seen> {
  const { pairs, window = 1, rate = 0, seconds = 4, warmUpMs = 1_000, firstIndex = 0 } = order;
  const countsAnswers = order.dialect === 'sotto' && order.live !== true;
  const latencies: number[] = [];
  let counting = false;
  let running = true;
  let messages = 0;
  let again: (index: number) => void = () => undefined;

  const made = await inGroups(pairs, async (index) => {
    const recipient = await dialect.register(firstIndex + index);
    await recipient.attach((sentAt) => {
      if (counting) latencies.push(now() - sentAt);
      if (countsAnswers) return;
      if (counting) messages++;
      again(index);
    });
    const sender = await dialect.sender(firstIndex + index, (count, accepted) => {
      if (!countsAnswers) return;
      if (counting && accepted) messages += count;
      for (let answer = 0; answer < count; answer++) again(index);
    });
    return { send: (sentAt: number) => sender.send(recipient, sentAt) };
  });

  if (rate === 0) {
    again = (index) => running && made[index]!.send(now());
    for (const { send } of made) for (let at = 0; at < window; at++) send(now());
  } else {
    void openLoop(
      rate,
      () => running,
      (index, dueAt) => made[index % pairs]!.send(dueAt),
    );
  }
  await sleep(warmUpMs);
  await mark('begin');
  counting = true;
  const startedAt = now();
  await (seconds === 0 ? told() : sleep(seconds * 1_000));
  counting = false;
  const took = (now() - startedAt) / 1e6;
  await mark('end');
  running = false;
  return { messages, seconds: took, latency: quantilesOf(latencies) };
}
