/**
 * A deep copy whose byte strings own their memory: a structured clone would take along the whole buffer behind each
 * view, and happens later than the call.
 */
export function detached<T>(value: T): T {
  // A Buffer's own slice() would be a view.
  if (value instanceof Uint8Array) return new Uint8Array(value) as T;
  if (Array.isArray(value)) return value.map((item: unknown) => detached(item)) as T;
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, detached(member)])) as T;
}
