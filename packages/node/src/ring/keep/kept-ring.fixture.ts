import { nodePrimitives as primitives } from '@sotto/primitives-node';
import { verifyReceipt } from '@sotto/protocol/mailbox';
import { type Homes, nodeKeyOf, nodeOf, partitionOf } from '@sotto/protocol/ring';
import type { SendFrame, StoredFrame } from '@sotto/protocol/wire';
import type { Limits } from '../../limits.ts';
import type { TestClient } from '../../testing/test-client.ts';
import type { TestNode } from '../../testing/test-node.ts';
import type { TestPerson } from '../../testing/test-person.ts';
import { TestRing, TWO_EPOCHS_MS } from '../../testing/test-ring.ts';

/** A ring whose nodes all know each other, and people who live in it. */
export class KeptRing extends TestRing {
  /** All nodes are in force, and linked. @param repairs without, it is the work of all others that is seen */
  static async of(count: number, repairs = false, limits: Partial<Limits> = {}): Promise<KeptRing> {
    const ring = new KeptRing(count, limits);
    if (!repairs) for (const { core } of ring.nodes) core.keep!.repair.stop();
    ring.acquaint();
    await ring.clock.advance(TWO_EPOCHS_MS);
    return ring;
  }

  /** Everybody learns of everybody. */
  acquaint(): void {
    const all = this.nodes.flatMap(({ core }) => core.ring.descriptors.of(core.ring.self));
    for (const { core } of this.nodes) for (const { encoded } of all) core.ring.learn(encoded);
  }

  homesOf(person: TestPerson, seenBy: TestNode = this.founder): Homes {
    return seenBy.core.ring.view().homes(partitionOf(primitives, person.mailbox));
  }

  node(key: string): TestNode {
    return this.nodes.find(({ core }) => core.ring.self === key)!;
  }

  urlOf(node: TestNode): string {
    return `ws://10.0.${this.nodes.indexOf(node)}.1:80`;
  }

  /** The process of that node dies. */
  kill(node: TestNode): void {
    this.network.remove(this.urlOf(node));
  }

  /** Keys and access published at each of the homes, as a device does it. */
  async settle(person: TestPerson, at: readonly TestNode[] = this.homeNodes(person)): Promise<void> {
    for (const node of at) {
      const client = await node.connect(person);
      await node.ask(client, { case: 'publishKeys', value: person.upload(2, 1) });
      await node.ask(client, { case: 'setAccess', value: person.signedAccess(this.clock.now()) });
      client.socket.close(1000, '');
    }
    await this.clock.settle();
  }

  homeNodes(person: TestPerson): TestNode[] {
    return this.homesOf(person).homes.map((key) => this.node(key));
  }

  /** A person of that many homes, whose keys are at all of them. */
  async person(): Promise<TestPerson> {
    const person = this.founder.person();
    await this.settle(person);
    return person;
  }

  /** Sends, and waits. @returns the ids of the nodes whose receipts hold */
  async send(client: TestClient, by: TestNode, person: TestPerson, frame: SendFrame): Promise<string[]> {
    const request = client.post({ case: 'send', value: frame });
    await this.clock.settle();
    return receiptsFor(client, by, request, person.idOf(frame));
  }

  waitingAt(node: TestNode, person: TestPerson): Promise<number> {
    return node.store.waiting(person.mailbox, person.device.device);
  }
}

/** Verified, in the order in which they came. */
export function receiptsFor(client: TestClient, by: TestNode, request: number, id: Uint8Array): string[] {
  const stored: StoredFrame[] = client.all('stored');
  return stored.flatMap(({ at, leaves, signature, items, node }) =>
    items
      .filter((item) => item.request === request)
      .map(({ leaf, path }) => {
        const key = node.length === 0 ? by.core.ring.self : nodeKeyOf(node);
        const head = { nodeId: nodeOf(key), network: by.identity.network, at, leaves, signature };
        return verifyReceipt(primitives, { ...head, id, leaf, path }) ? key : `${key} does not hold`;
      }),
  );
}
