/**
 * Stands in for vitest where a contract suite runs inside a browser's worker: collects its tests, runs them, and has
 * the matchers that the suites use. Matchers that are not there do not compile into silence: they throw.
 */
export interface SmallResult {
  readonly title: string;
  /** null: passed */
  readonly failure: string | null;
}

interface SmallTest {
  readonly title: string;
  readonly body: () => unknown;
}

const tests: SmallTest[] = [];
const afterEachHooks: (() => unknown)[] = [];

export function describe(_title: string, body: () => void): void {
  body();
}

export function it(title: string, body: () => unknown): void {
  tests.push({ title, body });
}

export function afterEach(hook: () => unknown): void {
  afterEachHooks.push(hook);
}

export async function runCollected(): Promise<SmallResult[]> {
  const results: SmallResult[] = [];
  for (const { title, body } of tests.splice(0)) {
    let failure: string | null = null;
    try {
      await body();
    } catch (error) {
      failure = String(error instanceof Error ? error.stack : error);
    }
    for (const hook of afterEachHooks) await hook();
    results.push({ title, failure });
  }
  return results;
}

class Containing {
  readonly sample: object;
  constructor(sample: object) {
    this.sample = sample;
  }
}

/** As toEqual does; objects inside Containing need have no more than its keys. */
function matches(actual: unknown, wanted: unknown): boolean {
  if (wanted instanceof Containing) return contains(actual, wanted.sample);
  if (Object.is(actual, wanted)) return true;
  if (typeof actual !== 'object' || typeof wanted !== 'object' || actual === null || wanted === null) return false;
  if (actual instanceof Uint8Array !== wanted instanceof Uint8Array) return false;
  const [has, wants] = [Object.keys(actual), Object.keys(wanted)];
  return has.length === wants.length && Array.isArray(actual) === Array.isArray(wanted) && contains(actual, wanted);
}

function contains(actual: unknown, sample: object): boolean {
  if (typeof actual !== 'object' || actual === null) return false;
  return Object.entries(sample).every(([key, value]) => matches((actual as Record<string, unknown>)[key], value));
}

function throwing(body: unknown): { readonly thrown: unknown } | null {
  try {
    (body as () => unknown)();
    return null;
  } catch (error) {
    return { thrown: error };
  }
}

function isThrown(outcome: { readonly thrown: unknown } | null, wanted: unknown): boolean {
  if (outcome === null) return false;
  if (wanted === undefined) return true;
  if (wanted instanceof RegExp) return wanted.test(outcome.thrown instanceof Error ? outcome.thrown.message : '');
  if (typeof wanted === 'function') return outcome.thrown instanceof wanted;
  return matches(outcome.thrown, wanted);
}

const show = (value: unknown): string =>
  JSON.stringify(value, (_, inner: unknown) => (typeof inner === 'bigint' ? `${inner}n` : inner)) ?? 'undefined';

type Matcher = 'toBe' | 'toEqual' | 'toMatchObject' | 'toBeUndefined' | 'toHaveLength' | 'toThrow';
type Assertions = Readonly<Record<Matcher, (wanted?: unknown) => void>>;

function assertions(actual: unknown, negated: boolean): Assertions {
  const check = (name: string, passes: (wanted: unknown) => boolean) => (wanted?: unknown) => {
    if (passes(wanted) === negated) throw new Error(`${show(actual)} ${negated ? 'not ' : ''}${name} ${show(wanted)}`);
  };
  return {
    toBe: check('toBe', (wanted) => Object.is(actual, wanted)),
    toEqual: check('toEqual', (wanted) => matches(actual, wanted)),
    toMatchObject: check('toMatchObject', (wanted) => contains(actual, wanted as object)),
    toBeUndefined: check('toBeUndefined', () => actual === undefined),
    toHaveLength: check('toHaveLength', (wanted) => (actual as { length: unknown }).length === wanted),
    toThrow: check('toThrow', (wanted) => isThrown(throwing(actual), wanted)),
  };
}

export const expect = Object.assign(
  (actual: unknown): Assertions & { readonly not: Assertions } => ({
    ...assertions(actual, false),
    not: assertions(actual, true),
  }),
  { objectContaining: (sample: object) => new Containing(sample) },
);
