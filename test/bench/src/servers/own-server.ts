import { forkOn, type MeasuredServer, nextMessage, SERVER_CORE, type ServerReady, type Usage } from '../measure.ts';

/** `live`: keeps nothing; `ws`: the bare relay. */
export type OwnServerKind = 'live' | 'sqlite' | 'ws';

/** A server of this repository in a process of its own, which tells itself what it uses. */
export async function startOwnServer(kind: OwnServerKind, folder: string): Promise<MeasuredServer> {
  const child = forkOn(SERVER_CORE, './server-process.ts', [kind, folder]);
  const ready = await nextMessage<ServerReady>(child);
  return {
    ready,
    usage() {
      const answer = nextMessage<Usage>(child);
      child.send('usage');
      return answer;
    },
    async stop() {
      const gone = new Promise((resolve) => child.once('exit', resolve));
      child.kill('SIGKILL');
      await gone;
    },
  };
}
