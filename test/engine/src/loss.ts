import type { RelayStore } from '@sotto/node';

/** Says that it stored, but for some envelopes that is not true. */
export class Loss {
  /** How many of the next envelopes are lost, after how many that are not. */
  after = 0;
  count = 0;
  /** Which are counted; else all are. */
  of: (item: Parameters<RelayStore['store']>[0][number]) => boolean = () => true;

  readonly wrap = (store: RelayStore): RelayStore =>
    new Proxy(store, {
      get: (target, name) => {
        if (name !== 'store') return bound(target, name);
        return async (items: Parameters<RelayStore['store']>[0]) => {
          const kept = items.filter((item) => !this.of(item) || !this.#loses());
          const outcomes = await target.store(kept);
          return items.map((item) => outcomes[kept.indexOf(item)] ?? 'stored');
        };
      },
    });

  #loses(): boolean {
    if (this.after > 0) {
      this.after--;
      return false;
    }
    return this.count > 0 && this.count-- > 0;
  }
}

function bound(target: object, name: string | symbol): unknown {
  const value: unknown = Reflect.get(target, name);
  return typeof value === 'function' ? (value.bind(target) as unknown) : value;
}
