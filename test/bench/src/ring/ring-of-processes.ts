import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type SlowLine, slowLine } from '../browser/slow-line.ts';
import { freePort } from './free-port.ts';
import { RingNodeProcess } from './ring-node-process.ts';
import { ringPlaces, type RingPlaces } from './ring-places.ts';

/** Joins count two epochs later. */
const EPOCH_SECONDS = 2;

export interface RingNodePlan {
  readonly args?: readonly string[];
  /** A shell line before the node starts, told its data directory; in a mount namespace of its own. */
  readonly mount?: (data: string) => string;
  /** Port to begin with; default: a free one. */
  readonly port?: number;
}

/** Nodes in processes of their own that joined the first of them. */
export class RingOfProcesses {
  readonly nodes: readonly RingNodeProcess[];
  readonly places: RingPlaces;
  readonly #folder: string;
  readonly #lines: readonly SlowLine[];

  private constructor(
    folder: string,
    nodes: readonly RingNodeProcess[],
    places: RingPlaces,
    lines: readonly SlowLine[],
  ) {
    this.#folder = folder;
    this.#lines = lines;
    this.nodes = nodes;
    this.places = places;
  }

  /**
   * Resolves when every node sees all of them in force.
   * @param roundTripMs more than 0: whoever talks to a node, clients and other nodes, does so over a line that is as long
   */
  static async start(plans: readonly RingNodePlan[], roundTripMs = 0): Promise<RingOfProcesses> {
    const folder = await mkdtemp(join(tmpdir(), 'sotto-ring-'));
    const nodes: RingNodeProcess[] = [];
    const lines: SlowLine[] = [];
    try {
      for (const [index, { args: given = [], mount, port: wanted = 0 }] of plans.entries()) {
        const port = roundTripMs > 0 ? await freePort() : wanted;
        const args = [...given];
        if (roundTripMs > 0) {
          lines.push(await slowLine(port, { roundTripMs, kilobitsPerSecond: 0, upKilobitsPerSecond: 0 }));
          args.push('--public-url', `ws://127.0.0.1:${lines.at(-1)!.port}`);
        }
        const data = join(folder, `node-${index}`);
        const membership = index === 0 ? ['--epoch', String(EPOCH_SECONDS)] : ['--join', nodes[0]!.url];
        nodes.push(new RingNodeProcess({ data, args: [...membership, ...args], mount: mount?.(data) ?? null, port }));
        // The others join what is there.
        if (index === 0) await nodes[0]!.start();
      }
      await Promise.all(nodes.slice(1).map((node) => node.start()));
      const ports = nodes.map(({ port }, index) => lines[index]?.port ?? port);
      return new RingOfProcesses(folder, nodes, await ringPlaces(ports, EPOCH_SECONDS), lines);
    } catch (error) {
      await stop(folder, nodes, lines);
      throw error;
    }
  }

  async stop(): Promise<void> {
    await stop(this.#folder, this.nodes, this.#lines);
  }
}

async function stop(folder: string, nodes: readonly RingNodeProcess[], lines: readonly SlowLine[]): Promise<void> {
  for (const line of lines) line.close();
  await Promise.all(nodes.map((node) => node.kill()));
  await rm(folder, { recursive: true, force: true });
}
