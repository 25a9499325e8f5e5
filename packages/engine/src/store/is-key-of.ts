import { StoreError } from '../ports.ts';
import type { ClientStore, Primitives } from '../ports.ts';
import { SealedRows } from './sealed-rows.ts';

const NEVER_USED = (): never => {
  throw new Error('nothing is sealed here');
};

/** Whether a database's identity opens with `key`, once there is one. @throws StoreError */
export function isKeyOf(store: ClientStore, key: Uint8Array, primitives: Primitives): boolean {
  if (store.get(`SELECT 1 AS found FROM sqlite_schema WHERE name = 'meta'`) === undefined) return true;
  const sealed = store.get(`SELECT sealed FROM meta WHERE name = 'identity'`)?.['sealed'];
  if (sealed === undefined) return true;
  try {
    new SealedRows(primitives, NEVER_USED, key).open('meta', 'identity', sealed).fill(0);
    return true;
  } catch (error) {
    if (error instanceof StoreError) return false;
    throw error;
  }
}
