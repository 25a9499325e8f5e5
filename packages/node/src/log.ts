/** What a log line may carry besides its name: figures and fixed words, never addresses, ids, names or content. */
export type LogFields = Readonly<Record<string, number | boolean | string>>;

export interface Log {
  info(event: string, fields?: LogFields): void;
  warn(event: string, fields?: LogFields): void;
  error(event: string, fields?: LogFields): void;
}

export const silentLog: Log = { info: () => {}, warn: () => {}, error: () => {} };

/**
 * What an unexpected error may say in the log: its class, its code and the places in our own code. The message
 * is left out, for it may quote what somebody sent.
 */
export function describeError(error: unknown): LogFields {
  if (!(error instanceof Error)) return { error: typeof error };
  const code = 'code' in error && typeof error.code === 'string' ? error.code : 'none';
  const places = (error.stack ?? '')
    .split('\n')
    .filter((line) => /^\s+at /.test(line))
    .slice(0, 4)
    .map((line) => line.trim().replace(/\(?(?:file:\/\/)?\/[^)]*\//, '('));
  return { error: error.name, code, places: places.join(' < ') };
}
