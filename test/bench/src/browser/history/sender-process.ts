// Bob: writes to whoever the benchmark says, on a processor of his own as far as there is one.
import { acceptedBy, person } from './people.ts';
import type { Begun, ToSender } from './sender.ts';

const AT_ONCE = 40;

const [folder = '', url = '', invite = ''] = process.argv.slice(2);
const { engine, profile } = await person(folder, 'Bob', url);
const to = await acceptedBy(engine, invite);
process.send?.({ kind: 'begun', address: (await engine.whoami({})).address } satisfies Begun);

process.on('message', ({ count }: ToSender) => {
  sendMany(count).then(
    () => process.send?.({ kind: 'sent' }),
    () => process.exit(1),
  );
});
process.on('disconnect', () => {
  profile.close();
  process.exit();
});

/** All are at the node when it returns. */
async function sendMany(count: number): Promise<void> {
  let next = 0;
  const send = async (): Promise<void> => {
    while (next < count) {
      const text = `number ${next++} of many that come together, as long as what people write`;
      await engine.send({ to, text, wait: 'stored' });
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, send));
}
