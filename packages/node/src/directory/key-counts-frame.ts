import { create, type KeyCounts, KeyCountsSchema } from '@sotto/protocol/wire';
import type { KeyCountsOf } from '../store/relay-store.ts';

/** @param revision of the device list held here; 0: none */
export const keyCountsFrame = (counts: KeyCountsOf, revision: number): KeyCounts =>
  create(KeyCountsSchema, { ...counts, deviceListRevision: BigInt(revision) });
