/**
 * One process that uses a profile, for the tests: `profile-process.ts DIRECTORY send TEXT…` sends and ends,
 * `… follow COUNT` ends after so many different messages, `… stay` until it is killed. One JSON object a line.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { connectProfile } from '../connect-profile.ts';

const [directory = '', command, ...rest] = process.argv.slice(2);
const say = (value: object): boolean => process.stdout.write(`${JSON.stringify(value)}\n`);
let owner = false;

const engine = await connectProfile({
  directory,
  openEngine: async (profile) => {
    // Long enough for the others to come while there is an owner but no engine yet.
    await sleep(30);
    owner = true;
    const { openFakeEngine } = await import('./fake-engine.ts');
    return openFakeEngine(profile);
  },
});

say({ ready: true, owner });
if (command === 'send') {
  for (const text of rest) {
    const message = await engine.send({ to: 'somebody', text });
    say({ sent: message.id, text, by: message.name });
  }
} else if (command === 'follow') {
  const wanted = Number(rest[0]);
  let seen = 0;
  const enough = Promise.withResolvers<void>();
  engine.on((event) => {
    if (event.type === 'resumed') say({ resumed: true });
    if (event.type !== 'message') return;
    say({ received: event.message.id });
    seen++;
    if (seen === wanted) enough.resolve();
  });
  await engine.history({ limit: 1 });
  say({ following: true });
  await enough.promise;
} else {
  await new Promise(() => setInterval(() => undefined, 1000));
}
await engine.close();
say({ owner });
