import type { FrameBody, RefusalCode, StoredItemFrame } from '@sotto/protocol/wire';
import type { Sender } from '../../relay/group-commit.ts';
import type { ReceiptHead } from './ask-keep.ts';

/** Told what this node's own store answered, under the numbers that were given with each envelope. */
export interface OwnListener {
  ownKept(head: ReceiptHead, items: readonly StoredItemFrame[]): void;
  ownRefused(number: number, code: RefusalCode, retryMs: number): void;
}

/** Stands in a link's place before the group commit: what it would tell the link, the coordinator hears. */
export class OwnAnswers implements Sender {
  /** The outcome counts, whether the link is still there or not. */
  readonly closed = false;
  readonly #listener: OwnListener;

  constructor(listener: OwnListener) {
    this.#listener = listener;
  }

  send(_request: number, body: FrameBody): void {
    if (body.case !== 'stored') return;
    const { at, leaves, signature, items } = body.value;
    this.#listener.ownKept({ at, leaves, signature }, items);
  }

  refuse(request: number, code: RefusalCode, retryMs = 0): void {
    this.#listener.ownRefused(request, code, retryMs);
  }

  /** The link's window is the coordinator's matter. */
  end(): void {}
}
