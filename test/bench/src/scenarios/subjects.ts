import type { LoadOrder } from '../load/order.ts';
import type { MeasuredServer } from '../measure.ts';
import { ejabberdMissing, startEjabberd } from '../servers/ejabberd.ts';
import { mosquittoMissing, startMosquitto } from '../servers/mosquitto.ts';
import { startOwnServer } from '../servers/own-server.ts';
import { nothingMissing } from './scenario.ts';

/** A server that can be measured, and how to talk to it. */
export interface Subject {
  readonly name: string;
  readonly title: string;
  readonly dialect: LoadOrder['dialect'];
  readonly missing: () => string | null;
  readonly start: (folder: string) => Promise<MeasuredServer>;
}

export const BARE: Subject = {
  name: 'bare',
  title: 'bare `ws` relay',
  dialect: 'ws',
  missing: nothingMissing,
  start: (folder) => startOwnServer('ws', folder),
};

/** A node that keeps nothing. */
export const LIVE_NODE: Subject = {
  name: 'live-node',
  title: 'Sotto, live node',
  dialect: 'sotto',
  missing: nothingMissing,
  start: (folder) => startOwnServer('live', folder),
};

/** A node with its embedded store, SQLite. */
export const NODE: Subject = {
  name: 'node',
  title: 'Sotto, SQLite',
  dialect: 'sotto',
  missing: nothingMissing,
  start: (folder) => startOwnServer('sqlite', folder),
};

export const MOSQUITTO: Subject = {
  name: 'mosquitto',
  title: 'Mosquitto (MQTT)',
  dialect: 'mqtt',
  missing: mosquittoMissing,
  start: startMosquitto,
};

export const EJABBERD: Subject = {
  name: 'ejabberd',
  title: 'ejabberd (XMPP)',
  dialect: 'xmpp',
  missing: ejabberdMissing,
  start: startEjabberd,
};
