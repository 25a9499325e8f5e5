/** The thread that owns the database: everything that has arrived becomes one transaction and one message back. */
import { parentPort, receiveMessageOnPort, workerData } from 'node:worker_threads';
import { RelayStoreError } from '../relay-store.ts';
import { type OpenedMessage, type RequestMessage } from './calls.ts';
import { openDatabase } from './database.ts';
import { GroupCommit } from './group-commit.ts';
import { type SqliteStoreOptions } from './sqlite-store.ts';

/** Bytes of requests in one transaction: more would keep the first ones waiting. */
const GROUP_BYTES = 4 * 1024 * 1024;

const port = parentPort!;
const options = workerData as SqliteStoreOptions;

function open(): void {
  const database = openDatabase(options);
  const group = new GroupCommit(database, options);
  port.on('message', (first: RequestMessage) => {
    const requests = [first];
    for (let bytes = first.packed.length; bytes < GROUP_BYTES; bytes += requests.at(-1)!.packed.length) {
      const next = receiveMessageOnPort(port);
      if (next === undefined) break;
      requests.push(next.message as RequestMessage);
    }
    const response = group.execute(requests);
    const closing = requests.at(-1)!.others.at(-1)?.verb === 'close';
    if (closing) database.close();
    port.postMessage(response, [response.packed.buffer, ...response.spent]);
    if (closing) port.close();
  });
}

let opened: OpenedMessage = { failure: null };
try {
  open();
} catch (error) {
  const { code, message } =
    error instanceof RelayStoreError ? error : { code: 'failed' as const, message: String(error) };
  opened = { failure: { code, message } };
}
port.postMessage(opened);
