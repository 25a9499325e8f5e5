import { createHash } from 'node:crypto';
import { type StoreItem } from '../relay-store.ts';

export const EXPIRES = 2_000_000;
export const ALICE = filled(32, 1);
export const BOB = filled(32, 2);

export function filled(length: number, seed: number): Uint8Array {
  const bytes = new Uint8Array(length);
  for (let i = 0; i < length; i++) bytes[i] = (seed * 31 + i * 7) & 0xff;
  return bytes;
}

export const hash32 = (text: string): Uint8Array => new Uint8Array(createHash('sha256').update(text).digest());

/** An envelope for Alice's first device, unless told otherwise; `name` decides id and body. */
export function envelope(name: string, change: Partial<StoreItem> = {}): StoreItem {
  const item = { mailbox: ALICE, device: 1, expires: EXPIRES, lane: 'contact', tokenHash: null, ...change } as const;
  const body = change.body ?? filled(100, name.length);
  const id = hash32(`${Buffer.from(item.mailbox).toString('hex')}/${item.device}/${item.expires}/${name}`);
  return { ...item, body, id };
}

export const many = (count: number, prefix: string, change: Partial<StoreItem> = {}): StoreItem[] =>
  Array.from({ length: count }, (_, i) => envelope(`${prefix}${i}`, change));
