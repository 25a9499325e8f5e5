import type { KeyStore } from '../directory/key-directory.ts';
import type { LiveKeys } from '../live/live-keys.ts';
import type { BatchChannel } from './batch-channel.ts';
import { OpenQuestions } from './open-questions.ts';
import { LIVE_ANSWER, LIVE_ENTER, LIVE_LEAVE, LIVE_SPEND } from './live-calls.ts';
import { StoreProxy } from './store-proxy.ts';

/** Keys of who is at a live node, in the process that started the workers: each worker's guests find those of all. */
export class LiveKeysProxy implements LiveKeys {
  readonly publishKeys: KeyStore['publishKeys'];
  readonly keyCounts: KeyStore['keyCounts'];
  readonly claimBundles: KeyStore['claimBundles'];
  readonly access: KeyStore['access'];
  readonly setAccess: KeyStore['setAccess'];
  readonly compareState: KeyStore['compareState'];
  readonly tokenIsValid: KeyStore['tokenIsValid'];
  readonly #channel: BatchChannel;
  readonly #questions = new OpenQuestions();

  constructor(channel: BatchChannel) {
    const store = new StoreProxy(channel);
    this.publishKeys = store.publishKeys;
    this.keyCounts = store.keyCounts;
    this.claimBundles = store.claimBundles;
    this.access = store.access;
    this.setAccess = store.setAccess;
    this.compareState = store.compareState;
    this.tokenIsValid = store.tokenIsValid;
    this.#channel = channel;
    channel.on(LIVE_ANSWER, (reader) => this.#questions.answer(reader.u32(), reader.u8()));
    channel.onClosed(() => this.#questions.endAll(0));
  }

  enter(account: Uint8Array): void {
    this.#channel.post(LIVE_ENTER).bytes(account);
  }

  /** Whether it was the last one of all workers is not known here: who has it in memory is told when it was. */
  leave(account: Uint8Array): boolean {
    this.#channel.post(LIVE_LEAVE).bytes(account);
    return false;
  }

  spendToken(mailbox: Uint8Array, tokenHash: Uint8Array): Promise<boolean> {
    return new Promise((resolve) => {
      const number = this.#questions.ask((answer) => resolve(answer === 1));
      const writer = this.#channel.post(LIVE_SPEND);
      writer.u32(number);
      writer.bytes(mailbox);
      writer.bytes(tokenHash);
    });
  }
}
