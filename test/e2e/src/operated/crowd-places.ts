import type { TestPerson } from '@sotto/node/testing';
import { BenchLink } from '../../../bench/src/bench-link.ts';
import type { ServerReady } from '../../../bench/src/measure.ts';

const HANDSHAKE_MS = 10_000;

/** Where the edges are. */
export class CrowdPlaces {
  readonly #server: ServerReady;
  readonly #ports: readonly number[];

  /** @param server any of them: they are one node */
  constructor(server: ServerReady, ports: readonly number[]) {
    this.#server = server;
    this.#ports = ports;
  }

  get nodeId(): Uint8Array {
    return Buffer.from(this.#server.nodeId, 'hex');
  }

  get network(): Uint8Array {
    return Buffer.from(this.#server.network, 'hex');
  }

  /** At the edge that is preferred, else at another. @param person null: an anonymous link @returns null: none answers */
  async open(person: TestPerson | null, prefers: number): Promise<BenchLink | null> {
    const ports = this.#ports.map((_, at) => this.#ports[(at + prefers) % this.#ports.length]!);
    for (const port of ports) {
      const link = await BenchLink.open({ ...this.#server, port }, person, HANDSHAKE_MS).catch(() => null);
      if (link !== null) return link;
    }
    return null;
  }
}
