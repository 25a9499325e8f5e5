/*
 * GF(2^16) = GF(2)[x] / (x^16 + x^12 + x^3 + x + 1), the field of the chunk code. Elements are the numbers below 2^16,
 * addition is XOR. The polynomial is primitive, so x (2) generates all others and products are sums of logarithms.
 * Tables looked up by data: for public values only, which chunks are.
 */

const POLYNOMIAL = 0x1100b;
/** Order of the multiplicative group. */
const ORDER = 0xffff;

interface Tables {
  /** log[0] means nothing. */
  readonly log: Uint16Array;
  /** Twice around, so that the sum of two logarithms needs no reduction. */
  readonly power: Uint16Array;
}

let tables: Tables | null = null;

/** Built when the first chunk beyond the data is needed (384 kB, below a millisecond). */
export function fieldTables(): Tables {
  tables ??= buildTables();
  return tables;
}

function buildTables(): Tables {
  const log = new Uint16Array(ORDER + 1);
  const power = new Uint16Array(2 * ORDER);
  let element = 1;
  for (let exponent = 0; exponent < ORDER; exponent++) {
    log[element] = exponent;
    power[exponent] = element;
    power[exponent + ORDER] = element;
    element <<= 1;
    if (element > ORDER) element ^= POLYNOMIAL;
  }
  return { log, power };
}

/** a * b. */
export function multiply(a: number, b: number): number {
  if (a === 0 || b === 0) return 0;
  const { log, power } = fieldTables();
  return power[log[a]! + log[b]!]!;
}

/**
 * Logarithms of the Lagrange coefficients: the value at `target` of the polynomial through the points (x, y) is the
 * sum of y * coefficient, for each of them.
 *
 * @param xs distinct, not `target`
 */
export function lagrangeLogs(xs: readonly number[], target: number): Uint16Array {
  const { log } = fieldTables();
  const logs = new Uint16Array(xs.length);
  let whole = 0;
  for (const x of xs) whole += log[target ^ x]!;
  for (const [i, x] of xs.entries()) {
    let exponent = whole - log[target ^ x]!;
    for (const other of xs) if (other !== x) exponent -= log[x ^ other]!;
    exponent %= ORDER;
    logs[i] = exponent < 0 ? exponent + ORDER : exponent;
  }
  return logs;
}
