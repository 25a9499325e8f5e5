import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { MeasuredServer } from '../measure.ts';
import { freePort } from '../ring/free-port.ts';
import { installed } from './installed.ts';
import { startPeer } from './peer-process.ts';

const PROGRAM = ['/usr/sbin/mosquitto', '/usr/bin/mosquitto', '/usr/local/sbin/mosquitto'];

/** null: it is there. */
export const mosquittoMissing = (): string | null =>
  installed(PROGRAM) === null ? 'Mosquitto is not installed: apt-get install --no-install-recommends mosquitto' : null;

/** MQTT without TLS and passwords, no caps on queues. It writes what waits to the disk every half hour and when it ends. */
export async function startMosquitto(folder: string): Promise<MeasuredServer> {
  const port = await freePort();
  const config = join(folder, 'mosquitto.conf');
  const lines = [
    'user root',
    `listener ${port} 127.0.0.1`,
    'allow_anonymous true',
    'set_tcp_nodelay true',
    'max_queued_messages 0',
    'max_inflight_messages 100',
    'persistence true',
    `persistence_location ${folder}/`,
    'log_dest none',
  ];
  await writeFile(config, `${lines.join('\n')}\n`);
  return startPeer({ command: [installed(PROGRAM) ?? 'mosquitto', '-c', config], port });
}
