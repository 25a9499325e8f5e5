import { EngineError, type EngineHandle } from '@sotto/engine/api';
import { ProfileError } from '@sotto/engine/platform/node';
import type { ProfileErrorCode } from '@sotto/engine/platform/node';
import { CommanderError } from 'commander';
import type { CommandContext, CommonOptions } from './commands/command-context.ts';
import { ConfigurationError } from './configuration-error.ts';
import { EXIT, exitStatusOf } from './exit-status.ts';
import { openProfileEngine } from './open-profile.ts';
import { createProgram } from './program.ts';
import { safeText } from './text/safe-text.ts';
import { withCommand } from './text/with-command.ts';

/** What else is installed beside the terminal client. */
export interface Installed {
  /** Where the built web client is, if it was built; null: there is none. */
  readonly web: string | null;
}

/**
 * Runs one client command.
 * @param argv what follows `sotto`
 * @returns the exit status (exit-status.ts)
 */
export async function runTerminal(argv: readonly string[], { web }: Installed = { web: null }): Promise<number> {
  let status: number = EXIT.done;
  const program = createProgram(async (options, command) => {
    status = await runCommand(options, web, command);
  });
  try {
    await program.parseAsync(argv, { from: 'user' });
    return status;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.done : EXIT.usage;
    throw error;
  }
}

async function runCommand(
  options: CommonOptions,
  installedWeb: string | null,
  command: (context: CommandContext) => Promise<number>,
): Promise<number> {
  let opened: Promise<EngineHandle> | null = null;
  const interruption = Promise.withResolvers<void>();
  const interrupt = (): void => interruption.resolve();
  process.once('SIGINT', interrupt);
  process.once('SIGTERM', interrupt);
  // A reader that has seen enough (`| head`) closes the pipe: that is no failure.
  process.stdout.on('error', interrupt);
  try {
    return await command({
      options,
      installedWeb,
      session: () => (opened ??= openProfileEngine(options, null)),
      print: (value, text) => process.stdout.write(`${options.json === true ? JSON.stringify(value) : text}\n`),
      tell: (text) => {
        if (options.json !== true) process.stderr.write(`${safeText(text)}\n`);
      },
      interrupted: interruption.promise,
    });
  } catch (error) {
    return report(error, options.json === true);
  } finally {
    process.off('SIGINT', interrupt);
    process.off('SIGTERM', interrupt);
    await (opened as Promise<EngineHandle> | null)?.then(
      (engine) => engine.close(),
      () => undefined,
    );
  }
}

/** One sentence for the person, never a stack trace; an object with --json. */
function report(error: unknown, json: boolean): number {
  const [code, status] = meaningOf(error);
  const message = withCommand(error instanceof Error ? error.message : String(error));
  process.stderr.write(`${json ? JSON.stringify({ error: { code, message } }) : `sotto: ${safeText(message)}`}\n`);
  return status;
}

const PROFILE_STATUS: Partial<Record<ProfileErrorCode, number>> = {
  'in-use': EXIT.tryLater,
  'disk-full': EXIT.tryLater,
  locked: EXIT.notAllowed,
  'wrong-passphrase': EXIT.notAllowed,
};

function meaningOf(error: unknown): readonly [code: string, status: number] {
  if (error instanceof EngineError) return [error.code, exitStatusOf(error.code)];
  if (error instanceof ConfigurationError) return [error.code, EXIT.badConfiguration];
  if (!(error instanceof ProfileError)) return ['failed', EXIT.failed];
  return [error.code, PROFILE_STATUS[error.code] ?? EXIT.badConfiguration];
}
