import { existsSync } from 'node:fs';
import { chromium, type Browser } from 'playwright-core';

/** Debian's Chromium: nothing is downloaded. */
const CHROMIUM = process.env['SOTTO_CHROMIUM'] ?? '/usr/bin/chromium';
/** No sandbox: tests run as root in containers. Nothing leaves the machine. */
const ARGUMENTS = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--disable-background-networking'];

/** Where there is none, tests in a browser are left out, and say so; not in CI, which is given one on Linux. */
export const hasChromium = existsSync(CHROMIUM);
const ABSENT = 'Tests in a browser need Chromium (Debian: apt-get install chromium)';
const mustRun = process.platform === 'linux' && process.env['CI'] !== undefined;
if (!hasChromium && mustRun) throw new Error(ABSENT);
if (!hasChromium) console.warn(`${ABSENT}; they are left out.`);

export function launchChromium(...more: string[]): Promise<Browser> {
  return chromium.launch({ executablePath: CHROMIUM, args: [...ARGUMENTS, ...more] });
}
