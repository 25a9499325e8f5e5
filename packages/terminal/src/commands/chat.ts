import { EngineError } from '@sotto/engine';
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
  const nameOf = async (): Promise<string> => name ?? (await askName());
  const engine =
    ephemeral === true
      ? await openEphemeralEngine(options, name ?? 'guest')
      : await openProfileEngine(options, async () => ({ name: await nameOf() }));
  try {
    const color = process.env['NO_COLOR'] === undefined && process.stdout.hasColors();
    await ChatApp.run(engine, processTerminal(process.stdin, process.stdout), createStyle(color), interrupted);
    return EXIT.done;
  } finally {
    await engine.close();
  }
}
