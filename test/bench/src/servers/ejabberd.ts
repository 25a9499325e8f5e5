import { execFile } from 'node:child_process';
import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { MeasuredServer } from '../measure.ts';
import { freePort } from '../ring/free-port.ts';
import { installed } from './installed.ts';
import { startPeer } from './peer-process.ts';

const PROGRAM = ['/usr/sbin/ejabberdctl'];
const USER = 'ejabberd';
const run = promisify(execFile);

/** null: it is there and can be started. */
export function ejabberdMissing(): string | null {
  if (installed(PROGRAM) === null) return 'ejabberd is not installed: apt-get install --no-install-recommends ejabberd';
  return process.getuid?.() === 0 ? null : 'ejabberd is started as its own user here, which takes root';
}

/** XMPP without TLS, plain passwords, no shapers, its own database Mnesia: what it has by itself. */
export async function startEjabberd(folder: string): Promise<MeasuredServer> {
  const [port, distribution] = [await freePort(), await freePort()];
  const [config, spool, logs] = ['conf', 'spool', 'logs'].map((name) => join(folder, name));
  for (const path of [config!, spool!, logs!]) await mkdir(path);
  await writeFile(join(config!, 'ejabberd.yml'), settings(port));
  await writeFile(
    join(config!, 'ejabberdctl.cfg'),
    `ERLANG_NODE=sotto-bench@localhost\nERL_DIST_PORT=${distribution}\nINET_DIST_INTERFACE=127.0.0.1\n` +
      `EJABBERD_PID_PATH=${folder}/pid\nERL_OPTIONS="-env ERL_CRASH_DUMP_BYTES 0"\n`,
  );
  await writeFile(join(config!, 'inetrc'), '{lookup,["file","native"]}.\n{host,{127,0,0,1},["localhost"]}.\n');
  await chmod(folder, 0o755);
  await run('chown', ['-R', USER, folder]);
  const as = ['setpriv', `--reuid=${USER}`, `--regid=${USER}`, '--clear-groups'];
  const where = ['--config-dir', config!, '--spool', spool!, '--logs', logs!];
  return startPeer({ command: [...as, PROGRAM[0]!, ...where, 'foreground'], port, env: { HOME: folder } });
}

const settings = (port: number): string => `loglevel: error
hosts: [localhost]
listen:
  - port: ${port}
    ip: "127.0.0.1"
    module: ejabberd_c2s
    max_stanza_size: 262144
    starttls: false
    backlog: 4096
auth_method: internal
auth_password_format: plain
registration_timeout: infinity
access_rules:
  local: { allow: all }
  c2s: { allow: all }
  register: { allow: all }
shaper_rules:
  max_user_sessions: 10
  max_user_offline_messages: infinity
modules:
  mod_disco: {}
  mod_offline: { access_max_user_messages: max_user_offline_messages }
  mod_ping: {}
  mod_register: { access: register, ip_access: all, captcha_protected: false, password_strength: 0 }
  mod_roster: {}
`;
