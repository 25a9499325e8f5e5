import { ConfigError } from '../config/config.ts';
import { describeError } from '../log.ts';
import { RelayStoreError } from '../store/relay-store.ts';

/** Exit statuses, as sysexits.h has them. */
export const EXIT = { ok: 0, failed: 1, usage: 64, tryLater: 75, config: 78 };

/** Resolves with the first SIGTERM or SIGINT; the second one ends the process. */
export function untilSignal(): Promise<void> {
  return new Promise((resolve) => {
    let asked = false;
    const onSignal = (): void => {
      // Who asks twice does not want to wait.
      if (asked) process.exit(EXIT.failed);
      asked = true;
      resolve();
    };
    process.on('SIGTERM', onSignal);
    process.on('SIGINT', onSignal);
  });
}

/** One sentence on standard error. @param command for example "sotto node" @returns the exit status */
export function explainEnd(command: string, error: unknown): number {
  const say = (line: string): void => void process.stderr.write(`${line}\n`);
  if (error instanceof ConfigError) {
    say(error.code === 'usage' ? error.message : `${command}: ${error.message}`);
    return error.code === 'usage' ? EXIT.usage : EXIT.config;
  }
  if (error instanceof RelayStoreError) {
    say(`${command}: ${error.message}`);
    return error.retry ? EXIT.tryLater : EXIT.failed;
  }
  const { code, places } = describeError(error);
  say(`${command}: an unexpected error (${String(code)}) at ${String(places)}`);
  return EXIT.failed;
}
