import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { join } from 'node:path';

/** Top folder of the repository. */
export const root = fileURLToPath(new URL('../../../', import.meta.url));

/** Runs a program of the repository's own node_modules on its own Node; resolves with what it printed and its exit code. */
export function runTool(
  script: string,
  args: readonly string[],
  cwd: string,
): Promise<{ code: number; output: string }> {
  return new Promise((resolve) => {
    execFile(process.execPath, [join(root, 'node_modules', script), ...args], { cwd }, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : 1, output: stdout + stderr });
    });
  });
}
