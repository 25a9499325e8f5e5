// The load, in a process of its own: told by one message what to do, answers with what it saw.
import type { Dialect, DialectOptions, Recipient } from './load/dialect.ts';
import { idleLoad } from './load/idle-load.ts';
import { mixedLoad } from './load/mixed-load.ts';
import { mqttDialect } from './load/mqtt-dialect.ts';
import type { LoadOrder, LoadReport, Seen } from './load/order.ts';
import { relayLoad } from './load/relay-load.ts';
import { sottoDialect } from './load/sotto-dialect.ts';
import { stormLoad } from './load/storm-load.ts';
import { storeLoad } from './load/store-load.ts';
import { wsDialect } from './load/ws-dialect.ts';
import { xmppDialect } from './load/xmpp-dialect.ts';

const DIALECTS = { sotto: sottoDialect, ws: wsDialect, mqtt: mqttDialect, xmpp: xmppDialect } as const;

function run(order: LoadOrder): Promise<Seen> {
  const { server, bodyBytes = 512, localAddress = '127.0.0.1' } = order;
  const speak = (live: boolean): Dialect<Recipient> => {
    const options: DialectOptions = { server, bodyBytes, localAddress, live };
    return DIALECTS[order.dialect](options);
  };
  switch (order.load) {
    case 'relay':
      return relayLoad(speak(order.live === true), order);
    case 'store':
      return storeLoad(speak(false), order);
    case 'idle':
      return idleLoad(speak(false), order);
    case 'storm':
      return stormLoad(speak(false), order);
    case 'mixed':
      return mixedLoad(speak(true), speak(false), order);
  }
}

process.on('disconnect', () => process.exit());
process.once('message', (order: LoadOrder) => {
  run(order).then(
    (seen) => {
      process.send!({ done: true, ...seen } satisfies LoadReport, () => process.exit());
    },
    (error: unknown) => {
      console.error(error);
      process.exit(1);
    },
  );
});
