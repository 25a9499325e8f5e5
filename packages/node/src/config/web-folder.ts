import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { ConfigError } from './config.ts';

/** What a build leaves last. */
const BUILD_LIST = 'build.json';

/**
 * The folder of the web client to serve; null: none. The one that was installed may be absent, one that was named not.
 * @throws ConfigError
 */
export function webFolder(given: string | null, installed: string | null): string | null {
  const isBuilt = (folder: string): boolean => existsSync(join(folder, BUILD_LIST));
  if (given === null) return installed !== null && isBuilt(installed) ? installed : null;
  if (isBuilt(given)) return given;
  throw new ConfigError(
    'bad-value',
    `--web ${given} holds no built web client (no ${BUILD_LIST}); npm run build makes it.`,
  );
}
