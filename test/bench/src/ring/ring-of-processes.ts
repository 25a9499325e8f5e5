import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
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

  private constructor(folder: string, nodes: readonly RingNodeProcess[], places: RingPlaces) {
    this.#folder = folder;
    this.nodes = nodes;
    this.places = places;
  }

  /** Resolves when every node sees all of them in force. */
  static async start(plans: readonly RingNodePlan[]): Promise<RingOfProcesses> {
    const folder = await mkdtemp(join(tmpdir(), 'sotto-ring-'));
    const nodes: RingNodeProcess[] = [];
    try {
      for (const [index, { args = [], mount, port = 0 }] of plans.entries()) {
        const data = join(folder, `node-${index}`);
        const membership = index === 0 ? ['--epoch', String(EPOCH_SECONDS)] : ['--join', nodes[0]!.url];
        nodes.push(new RingNodeProcess({ data, args: [...membership, ...args], mount: mount?.(data) ?? null, port }));
        // The others join what is there.
        if (index === 0) await nodes[0]!.start();
      }
      await Promise.all(nodes.slice(1).map((node) => node.start()));
      const ports = nodes.map(({ port }) => port);
      return new RingOfProcesses(folder, nodes, await ringPlaces(ports, EPOCH_SECONDS));
    } catch (error) {
      await stop(folder, nodes);
      throw error;
    }
  }

  async stop(): Promise<void> {
    await stop(this.#folder, this.nodes);
  }
}

async function stop(folder: string, nodes: readonly RingNodeProcess[]): Promise<void> {
  await Promise.all(nodes.map((node) => node.kill()));
  await rm(folder, { recursive: true, force: true });
}
