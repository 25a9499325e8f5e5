import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { Playground, SOTTO } from './processes.ts';

/** A Secret Service of its own, as on a desktop; macOS and Windows have their keyrings, but not for a test to fill. */
const PROGRAMS = ['dbus-run-session', 'gnome-keyring-daemon'];
const HOW = 'apt-get install dbus gnome-keyring';
const isThere = process.platform === 'linux' && PROGRAMS.every((name) => spawnSync(name, ['--version']).status === 0);
if (!isThere) console.log(`skipped: keyring (needs Linux and ${PROGRAMS.join(', ')}; on Debian: ${HOW})`);
if (!isThere && process.platform === 'linux' && process.env['CI'] !== undefined)
  throw new Error(`a keyring is needed (Debian: ${HOW})`);

let playground: Playground;
beforeAll(async () => {
  playground = await Playground.create();
});
afterAll(() => playground.dispose());

/** In a session with an unlocked keyring. @returns exit status and output of each command */
function session(home: string, ...commands: string[]): string[] {
  mkdirSync(`${home}/run`, { recursive: true, mode: 0o700 });
  const script = [
    'printf pw | gnome-keyring-daemon --unlock --components=secrets >/dev/null 2>&1',
    ...commands.map(
      (command) => `"${process.execPath}" "${SOTTO}" ${command} --profile "${home}/p" --json; echo "= $?"`,
    ),
  ].join('\n');
  const env = { ...process.env, HOME: home, XDG_RUNTIME_DIR: `${home}/run`, XDG_DATA_HOME: `${home}/data` };
  const { stdout } = spawnSync('dbus-run-session', ['--', 'sh', '-c', script], { env, encoding: 'utf8' });
  return stdout.split('\n').filter((line) => line !== '');
}

it.runIf(isThere)('KEY-3, TM-20: a profile locked with the keyring opens with that keyring, and with no other', () => {
  const home = playground.path('desktop');
  const [made, init, ...locked] = session(
    home,
    'init --name A --node ws://127.0.0.1:9',
    'lock keyring',
    'lock',
    'contacts',
  );
  expect([made?.includes('did:key'), init, ...locked]).toEqual([
    true,
    '= 0',
    '{"lock":"keyring"}',
    '= 0',
    '{"lock":"keyring"}',
    '= 0',
    '= 0',
  ]);
  const key = readFileSync(`${home}/p/database.key`);
  // Another session of the same user has the same keyring; another machine has not.
  expect(session(home, 'contacts')).toEqual(['= 0']);
  const other = playground.path('other');
  mkdirSync(`${other}/p`, { recursive: true });
  for (const file of ['database.key', 'sotto.db'])
    writeFileSync(`${other}/p/${file}`, readFileSync(`${home}/p/${file}`));
  expect(session(other, 'contacts')).toEqual(['= 78']);
  // What the keyring opened is forgotten there when it is not needed any more.
  expect(session(home, 'lock file', 'contacts')).toEqual(['{"lock":"file"}', '= 0', '= 0']);
  writeFileSync(`${home}/p/database.key`, key);
  expect(session(home, 'contacts')).toEqual(['= 78']);
});
