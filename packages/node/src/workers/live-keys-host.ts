import type { LiveDirectory } from '../live/live-directory.ts';
import { keyOf } from '../text-key.ts';
import type { BatchChannel } from './batch-channel.ts';
import { LIVE_ANSWER, LIVE_ENTER, LIVE_LEAVE, LIVE_SPEND } from './live-calls.ts';

const KEY_BYTES = 32;

/**
 * Answers the LiveKeysProxy at the other end. Accounts whose worker died have left.
 * @param onForgotten the last link of an account closed, at whatever worker
 */
export function hostLiveKeys(
  channel: BatchChannel,
  directory: LiveDirectory,
  onForgotten: (account: Uint8Array) => void,
): void {
  /** Open links of this worker, by account. */
  const links = new Map<string, { readonly account: Uint8Array; count: number }>();
  const leave = (account: Uint8Array): void => {
    if (directory.leave(account)) onForgotten(account);
  };
  channel.on(LIVE_ENTER, (reader) => {
    const account = reader.bytes(KEY_BYTES).slice();
    const key = keyOf(account);
    const known = links.get(key);
    if (known === undefined) links.set(key, { account, count: 1 });
    else known.count += 1;
    directory.enter(account);
  });
  channel.on(LIVE_LEAVE, (reader) => {
    const account = reader.bytes(KEY_BYTES);
    const key = keyOf(account);
    const known = links.get(key);
    if (known === undefined) return;
    known.count -= 1;
    if (known.count === 0) links.delete(key);
    leave(account);
  });
  channel.on(LIVE_SPEND, (reader) => {
    const number = reader.u32();
    const isGood = directory.spendToken(reader.bytes(KEY_BYTES), reader.bytes(KEY_BYTES));
    const writer = channel.post(LIVE_ANSWER);
    writer.u32(number);
    writer.u8(isGood ? 1 : 0);
  });
  channel.onClosed(() => {
    for (const { account, count } of links.values()) for (let at = 0; at < count; at++) leave(account);
    links.clear();
  });
}
