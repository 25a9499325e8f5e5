import { EXIT } from '../exit-status.ts';
import { safeLine } from '../text/safe-text.ts';
import type { CommandContext } from './command-context.ts';
import { connectionStatus, connectionWords, FIRST_CONNECTION_MS, untilConnected } from './until-connected.ts';

/** `sotto say`: 0 when everybody in the private room was reached, 69 when somebody was not. */
export async function say(words: readonly string[], { session, print, tell }: CommandContext): Promise<number> {
  const engine = await session();
  const connection = await untilConnected(engine, FIRST_CONNECTION_MS);
  if (connection.state !== 'online') {
    tell(connectionWords(connection));
    return connectionStatus(connection);
  }
  const said = await engine.say({ text: words.join(' ') });
  const { reached, missed } = said;
  print(said, `Said to ${reached} ${reached === 1 ? 'person' : 'people'}.`);
  if (missed.length === 0) return EXIT.done;
  tell(`Not heard by ${missed.map((name) => safeLine(name)).join(', ')}.`);
  return EXIT.unreachable;
}
