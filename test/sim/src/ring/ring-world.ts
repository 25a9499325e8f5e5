import { DescriptorSet, epochAt, partitionOf, signAdmission } from '@sotto/protocol/ring';
import type { NodeKey, RingDescriptor, View } from '@sotto/protocol/ring';
import { networkIdOf } from '@sotto/protocol/identity';
import { RandomSource } from '../random-source.ts';
import { EventQueue } from './event-queue.ts';
import type { RingBug } from './ring-bug.ts';
import type { RingEnvelope } from './ring-envelope.ts';
import type { RingEvent } from './ring-history.ts';
import { RingLedger } from './ring-ledger.ts';
import { RingNetwork } from './ring-network.ts';
import { RingNode } from './ring-node.ts';
import { drawPlan, EPOCH_MS, LEASE_MS, type RingPlan } from './ring-plan.ts';
import { ringPrimitives } from './ring-primitives.ts';
import { RingRecipient } from './ring-recipient.ts';
import type { RingScene } from './ring-scene.ts';
import { RingSender } from './ring-sender.ts';
import { RingWeather } from './ring-weather.ts';
import { whatIsMissing } from './what-is-missing.ts';

const MINUTE = 60_000;
/** After the last lease of a node that will not come back: hand-off and repair have as long. */
const SETTLE_MS = 8 * MINUTE;
const FOUNDERS = 3;
const DELIVER_MS = 5 * MINUTE;
/** Any multiple of an epoch. */
const RING_START_MS = 1_800_000_000_000;

/** One ring, its people, its faults: made of a seed, run in one loop. */
export class RingWorld implements RingScene {
  readonly plan: RingPlan;
  readonly bug: RingBug | null;
  readonly random: RandomSource;
  readonly queue = new EventQueue(RING_START_MS);
  readonly network: RingNetwork;
  readonly networkId: Uint8Array;
  readonly nodes = new Map<NodeKey, RingNode>();
  readonly recipients = new Map<string, RingRecipient>();
  readonly ledger: RingLedger;
  readonly truth: DescriptorSet;
  readonly verified = new Map<string, RingDescriptor>();
  calm = false;
  #weather: RingWeather | null = null;
  readonly #senders: RingSender[] = [];
  readonly #operators: readonly { readonly seed: Uint8Array; readonly key: Uint8Array }[];
  readonly #onEvent: (atMs: number, event: RingEvent) => void;

  constructor(seed: number, bug: RingBug | null, onEvent: (atMs: number, event: RingEvent) => void) {
    this.random = new RandomSource(`ring/${seed}`);
    this.plan = drawPlan(this.random.fork('plan'));
    this.bug = bug;
    this.#onEvent = onEvent;
    const keys = this.random.fork('operators');
    this.#operators = Array.from({ length: this.plan.operators }, () => {
      const operator = keys.bytes(32);
      return { seed: operator, key: ringPrimitives.ed25519.publicKey(operator) };
    });
    this.networkId = networkIdOf(ringPrimitives, this.#founders);
    this.network = new RingNetwork(this.queue, this.random.fork('network'), this.plan.lines);
    this.truth = new DescriptorSet({
      primitives: ringPrimitives,
      network: this.networkId,
      epochSeconds: EPOCH_MS / 1000,
      verified: this.verified,
    });
    this.ledger = new RingLedger(
      this.nodes,
      (partition) => this.trueView().homes(partition),
      (id) => this.tell({ type: 'beyond', id }),
    );
  }

  trueView(): View {
    return this.truth.view(epochAt(this.queue.now(), EPOCH_MS / 1000));
  }

  readonly tell = (event: RingEvent): void => {
    this.#onEvent(this.queue.now() - RING_START_MS, event);
    if (event.type === 'stored') this.#weather?.stored();
  };

  nameOf(key: NodeKey): string {
    return this.nodes.get(key)?.name ?? key.slice(0, 8);
  }

  clientNames(): string[] {
    return [...this.#senders, ...this.recipients.values()].map(({ name }) => name);
  }

  run(): void {
    this.#open();
    const weather = (this.#weather = new RingWeather(this, this.random.fork('weather')));
    weather.plan();
    this.queue.runUntil(RING_START_MS + this.plan.spanMs);
    this.#settle(weather);
  }

  /** A node more, let in by a founder. It knows where the ring is. */
  join(): void {
    const random = this.random.fork(`join/${this.nodes.size}`);
    const lying = this.plan.lyingJoiners && random.chance(0.7);
    const node = this.#makeNode(random, lying);
    const members = this.trueView().members.map(({ key }) => key);
    node.found([], members.length > 0 ? members : [...this.nodes.keys()].slice(0, this.plan.nodes));
  }

  /** Faults end; first the ring comes to rest, then everybody takes what waits. */
  #settle(weather: RingWeather): void {
    this.calm = true;
    this.network.calm();
    weather.end();
    this.tell({ type: 'calm' });
    const removed = [...this.nodes.values()].filter((node) => node.removed);
    const leases = removed.map(({ key }) => this.truth.of(key)[0]?.until ?? 0);
    this.queue.runUntil(Math.max(this.queue.now(), ...leases) + SETTLE_MS);
    this.tell({ type: 'settled', missing: whatIsMissing(this) });
    for (const recipient of this.recipients.values()) recipient.return();
    this.queue.runUntil(this.queue.now() + DELIVER_MS);
    const left = [...this.nodes.values()].flatMap((node) =>
      node.lying ? [] : node.disk.goodIds().map((id) => ({ node: node.name, id })),
    );
    const nowMs = this.queue.now() - this.plan.skewMs;
    const owed = left.filter(({ id }) => (this.ledger.owed.get(id)?.envelope.expiresMs ?? 0) > nowMs + LEASE_MS);
    this.tell({ type: 'end', nowMs, left: owed });
  }

  #open(): void {
    const { plan, random } = this;
    for (let at = 0; at < plan.nodes; at++) this.#makeNode(random.fork(`node/${at}`), at < plan.liars);
    const first = [...this.nodes.values()].map((node) => node.sign(1));
    for (const node of this.nodes.values()) node.found(first, [...this.nodes.keys()]);
    const bootstrap = [...this.nodes.keys()].slice(0, 3);
    const people = random.fork('people');
    const skew = (): number => Math.round((people.next() * 2 - 1) * plan.skewMs);
    for (let at = 0; at < plan.mailboxes; at++) {
      const mailbox = `m${at}`;
      const partition = partitionOf(ringPrimitives, new TextEncoder().encode(mailbox.padEnd(32, '.')));
      const options = { mailbox, partition, random: people.fork(mailbox), skewMs: skew(), bootstrap };
      this.recipients.set(mailbox, new RingRecipient(this, options));
    }
    for (let at = 0; at < plan.senders; at++) {
      this.#senders.push(new RingSender(this, `sender ${at}`, people.fork(`sender/${at}`), skew(), bootstrap));
    }
    this.#write(people.fork('messages'));
  }

  #write(random: RandomSource): void {
    const { plan, queue } = this;
    const mailboxes = [...this.recipients.values()];
    for (let at = 0; at < plan.messages; at++) {
      const { mailbox, partition } = mailboxes[random.between(0, mailboxes.length - 1)] as RingRecipient;
      const sender = this.#senders[random.between(0, this.#senders.length - 1)] as RingSender;
      const dueMs = queue.now() + random.next() * plan.spanMs;
      const short = random.chance(plan.shortLived);
      const expiresMs = dueMs + (short ? random.between(1, 10) * MINUTE : 24 * 60 * MINUTE);
      const idBytes = random.bytes(32);
      const id = Buffer.from(idBytes).toString('hex');
      const envelope: RingEnvelope = { id, idBytes, mailbox, partition, expiresMs: Math.ceil(expiresMs / 1000) * 1000 };
      queue.at(dueMs, () => sender.send(envelope));
    }
  }

  /** They let the other operators in. */
  get #founders(): Uint8Array[] {
    return this.#operators.slice(0, FOUNDERS).map(({ key }) => key);
  }

  #makeNode(random: RandomSource, lying: boolean): RingNode {
    const { plan } = this;
    const at = this.nodes.size;
    const operator = this.#operators[random.between(0, plan.operators - 1)] as { seed: Uint8Array; key: Uint8Array };
    const seed = random.bytes(32);
    const nodeId = ringPrimitives.ed25519.publicKey(seed);
    const admission = signAdmission(ringPrimitives, (this.#operators[0] ?? operator).seed, {
      network: this.networkId,
      node: nodeId,
      operator: operator.key,
      nonce: random.bytes(32),
    });
    const node = new RingNode(this, {
      name: `n${at}${lying ? '!' : ''}`,
      seed,
      random,
      lying,
      admission,
      operator: operator.key,
      founders: this.#founders,
      weight: random.between(1, plan.weight),
      url: `wss://10.${at >> 2}.${at & 3}.1:443`,
    });
    this.nodes.set(node.key, node);
    return node;
  }
}
