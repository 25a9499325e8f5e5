/**
 * One attempt to have one envelope kept (RING-72, RING-73): a home of the recipient passes it on to the others, and their
 * receipts are counted here. Who does not answer soon, or refuses, is not waited for: the next one is asked as well.
 */
import { SendQuorum } from '@sotto/protocol/ring';
import type { Homes, NodeKey } from '@sotto/protocol/ring';
import { RefusalCode } from '@sotto/protocol/wire';
import type { FrameBody } from '@sotto/protocol/wire';
import { ConnectionError } from '../connection/index.ts';
import type { Clock, Primitives } from '../ports.ts';
import type { Reach, RecipientNode, RecipientNodes } from '../ring/recipient-nodes.ts';
import { agreedProblem, refusalsAmong } from './agreed-problem.ts';
import { problemOf, SendingProblem } from './sending-problem.ts';
import type { Access } from './sending-problem.ts';

/** A node that says nothing for so long is not waited for: the next one is asked as well. */
const HURRY_MS = 400;
/** With enough of them, the last ones are waited for so long. */
const LAST_ONES_MS = 400;
/** With some, but not enough: the node asked tries those that stand in, and more haste would only make more load. */
const FURTHER_MS = 1200;
/** Answers that one node may give; each home and stand-in has one receipt to pass on. */
const MOST_ANSWERS = 16;
/** A node that could be replaced by another one may take so long. */
const PATIENCE_MS = 10_000;

/** So far apart the clocks of two who talk may be; what is older is a receipt of an earlier attempt. */
const CLOCKS_MS = 600_000;

export type RoundResult =
  | {
      readonly result: 'stored';
      readonly nodes: readonly NodeKey[];
      /** How many are wanted: R. */
      readonly of: number;
      /** Names the homes among which it was stored: another text when they change. */
      readonly homes: string;
      /** All that had it when no more receipts came; null: it is known by now that there are no more. */
      readonly later: Promise<readonly NodeKey[]> | null;
    }
  | { readonly result: 'delivered' };

export interface SendRoundParts {
  readonly primitives: Primitives;
  readonly clock: Clock;
  readonly nodes: Pick<RecipientNodes, 'late' | 'heard'>;
  readonly reach: Reach;
  /** Network id, 32 B. */
  readonly network: Uint8Array;
  /** The envelope's. */
  readonly id: Uint8Array;
  readonly body: FrameBody & { readonly case: 'send' };
  readonly access: Access;
  /** A receipt that counts came. @param at the node's clock */
  readonly onReceipt: (at: number) => void;
  /** A node says that it is not a home. */
  readonly onNotHome: () => void;
}

/** The same for the same homes, whatever their ranks. */
export const homesName = ({ homes }: Homes): string => homes.toSorted().join();

export class SendRound {
  readonly #parts: SendRoundParts;
  readonly #quorum: SendQuorum;
  readonly #candidates: readonly RecipientNode[];
  readonly #problems: SendingProblem[] = [];
  /** How many answers each node gave. */
  readonly #answers = new Map<NodeKey, number>();
  readonly #settled = Promise.withResolvers<RoundResult>();
  readonly #over = Promise.withResolvers<readonly NodeKey[]>();
  #asked = 0;
  #open = 0;
  #isSettled = false;
  #cancelHurry: () => void = () => undefined;

  constructor(parts: SendRoundParts) {
    this.#parts = parts;
    const { reach, primitives, network } = parts;
    this.#candidates = [...reach.homes, ...reach.standIns];
    const view = { homes: reach.placed, view: reach.view, network };
    const notBeforeMs = this.#isAlone ? 0 : parts.clock.now() - CLOCKS_MS;
    this.#quorum = new SendQuorum({ primitives, ...view, notBeforeMs });
  }

  /** Rejects with SendingProblem, or with a fault of ours. */
  run(): Promise<RoundResult> {
    if (this.#candidates.length === 0) this.#settled.reject(agreedProblem([], 1));
    else this.#askNext();
    return this.#settled.promise;
  }

  get #isAlone(): boolean {
    return this.#candidates.length === 1;
  }

  #askNext(): void {
    this.#cancelHurry();
    const node = this.#candidates[this.#asked];
    if (node === undefined || this.#isSettled) return;
    // Who stands in knows no better than the homes.
    if (this.#asked >= this.#parts.reach.homes.length && this.#isRefused) return;
    this.#asked++;
    this.#open++;
    this.#ask(node)
      .then(
        (answer) => this.#ended(node, answer),
        (error: unknown) => this.#failed(node, error),
      )
      .catch((fault: unknown) => this.#settled.reject(fault));
    if (this.#asked === this.#candidates.length) return;
    this.#cancelHurry = this.#parts.clock.after(HURRY_MS, () => {
      if (this.#answers.has(node.key)) return;
      this.#parts.nodes.late(node.key);
      this.#askNext();
    });
  }

  #ask(node: RecipientNode): Promise<FrameBody> {
    const { body } = this.#parts;
    if (this.#isAlone) return node.requests.request(body);
    return node.requests.request(body, { timeoutMs: PATIENCE_MS, more: (answer) => this.#heard(node, answer) });
  }

  /** @returns how long another answer is waited for, ms */
  #heard(node: RecipientNode, answer: FrameBody): number {
    const answers = (this.#answers.get(node.key) ?? 0) + 1;
    this.#answers.set(node.key, answers);
    this.#parts.nodes.heard(node.key);
    if (answer.case !== 'stored' || answers >= MOST_ANSWERS) return 0;
    this.#count(node, answer);
    if (this.#hasAll) return 0;
    return this.#quorum.enough ? LAST_ONES_MS : FURTHER_MS;
  }

  get #hasAll(): boolean {
    return this.#quorum.enough && this.#quorum.stored >= this.#quorum.of;
  }

  /** @returns false when it is no receipt of this envelope that counts */
  #count(node: RecipientNode, answer: FrameBody): boolean {
    if (answer.case !== 'stored') return false;
    const { value } = answer;
    const [item] = value.items;
    const whose = value.node.length === 0 ? node.node : value.node;
    if (item === undefined || !this.#quorum.receipt(whose, value, item, this.#parts.id)) return false;
    this.#parts.onReceipt(value.at);
    if (this.#quorum.enough) this.#stored();
    return true;
  }

  #stored(): void {
    if (this.#isSettled) return;
    this.#isSettled = true;
    this.#cancelHurry();
    const { storedOn: nodes, of } = this.#quorum;
    const homes = homesName(this.#parts.reach.placed);
    this.#settled.resolve({ result: 'stored', nodes, of, homes, later: this.#hasAll ? null : this.#over.promise });
  }

  /** No more is to be expected of this node. */
  #ended(node: RecipientNode, answer: FrameBody): void {
    this.#parts.nodes.heard(node.key);
    // Only of a live node, which is alone: the word of one home of several is worth no receipt (RING-13).
    if (answer.case === 'delivered' && this.#isAlone && this.#parts.reach.placed.w === 1) {
      this.#isSettled = true;
      this.#settled.resolve({ result: 'delivered' });
    } else if (!this.#count(node, answer)) {
      this.#problems.push(new SendingProblem('bad-receipt', 'retry', { uncertain: true }));
    }
    this.#close();
  }

  #failed(node: RecipientNode, error: unknown): void {
    const { access, nodes, onNotHome } = this.#parts;
    this.#problems.push(problemOf(error, access));
    if (error instanceof ConnectionError && error.refusal !== null) nodes.heard(node.key);
    if (error instanceof ConnectionError && error.refusal === RefusalCode.NOT_HOME) onNotHome();
    this.#close();
  }

  #close(): void {
    this.#open--;
    this.#askNext();
    if (this.#open > 0) return;
    this.#cancelHurry();
    this.#over.resolve(this.#quorum.storedOn);
    if (this.#isSettled) return;
    this.#isSettled = true;
    this.#settled.reject(this.#verdict());
  }

  get #isRefused(): boolean {
    return refusalsAmong(this.#problems).length >= this.#parts.reach.placed.w;
  }

  #verdict(): SendingProblem {
    const [first] = this.#problems;
    if (this.#isAlone && first !== undefined) return first;
    if (this.#quorum.stored > 0) return new SendingProblem('few-homes', 'retry', { uncertain: true });
    return agreedProblem(this.#problems, this.#parts.reach.placed.w);
  }
}
