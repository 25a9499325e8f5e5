import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

/** Both ends of a connection, as two processes have them. */
export async function socketPair(): Promise<[Socket, Socket]> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const other = new Promise<Socket>((resolve) => server.once('connection', resolve));
  const one = connect((server.address() as AddressInfo).port, '127.0.0.1');
  await new Promise<void>((resolve) => one.once('connect', resolve));
  const pair: [Socket, Socket] = [one, await other];
  server.close();
  for (const socket of pair) socket.setNoDelay();
  return pair;
}
