import { EngineError } from '@sotto/engine/api';
import { ChatApp } from '../chat/chat-app.ts';
import { EXIT } from '../exit-status.ts';
import { openEphemeralEngine, openProfileEngine } from '../open-profile.ts';
import { createStyle } from '../screen/style.ts';
import { processTerminal } from '../screen/terminal.ts';
import type { CommandContext } from './command-context.ts';
import { askName } from './init.ts';

/** `sotto chat`: the full screen; a profile without an identity gets one. */
export async function chat(
  { ephemeral, name }: { ephemeral?: boolean; name?: string },
  { options, interrupted }: CommandContext,
): Promise<number> {
  if (!process.stdin.isTTY || !process.stdout.isTTY) {
    throw new EngineError('bad-input', 'The chat needs a terminal. For scripts: sotto send, sotto recv, sotto rpc.');
  }
  const engine =
    ephemeral === true
      ? await openEphemeralEngine(options, name ?? 'guest')
      : await openProfileEngine(options, {
          identity: async () => ({ name: name ?? (await askName()) }),
          created: tellPhrase,
        });
  try {
    const color = process.env['NO_COLOR'] === undefined && process.stdout.hasColors();
    await ChatApp.run(engine, processTerminal(process.stdin, process.stdout), createStyle(color), interrupted);
    return EXIT.done;
  } finally {
    await engine.close();
  }
}

/** Before the screen opens, so that it stays in the terminal's own text. */
function tellPhrase(phrase: string): void {
  process.stderr.write(`Recovery phrase. Write it down and keep it secret: it is the account.\n\n    ${phrase}\n\n`);
}
