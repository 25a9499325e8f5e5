import { DatabaseSync, type StatementSync } from 'node:sqlite';
import { expect, test } from 'vitest';
import { ALICE, BOB, filled, many } from '../contract/samples.ts';
import { DEFAULT_STORE_LIMITS } from '../store-limits.ts';
import { migrate } from './database.ts';
import { EnvelopeTables } from './envelope-tables.ts';
import { MIGRATIONS } from './schema.ts';

const NO_TOKENS = { tokenIsValid: () => false, spendToken: () => undefined };
const PACE = { generation: 100_000, rowsPerCommit: 1, rowsPerEnvelope: 0, removals: 5 };

/** Not in the types yet. */
interface CountedStatement extends StatementSync {
  stat(counter: 'vmStep'): number;
  resetStats(): void;
}

/** Steps of SQLite's virtual machine that all statements together took since the last call. */
class StepCounter {
  readonly database = new DatabaseSync(':memory:');
  readonly #statements: StatementSync[] = [];

  constructor() {
    migrate(this.database, ':memory:', MIGRATIONS);
    const prepare = this.database.prepare.bind(this.database);
    this.database.prepare = (sql) => {
      const statement = prepare(sql);
      this.#statements.push(statement);
      return statement;
    };
  }

  take(): number {
    let steps = 0;
    for (const statement of this.#statements as CountedStatement[]) {
      steps += statement.stat('vmStep');
      statement.resetStats();
    }
    return steps;
  }
}

test('STORE-5: a page costs the same whatever the backlog, settled or recent, first or last', () => {
  const counter = new StepCounter();
  const tables = new EnvelopeTables(counter.database, DEFAULT_STORE_LIMITS, NO_TOKENS, PACE);
  tables.load();
  const costOfPages = (): number[] => {
    const costs: number[] = [];
    for (const after of [0, 1_000, 6_000]) {
      tables.take(ALICE, 1, after, 10);
      counter.take();
      expect(tables.take(ALICE, 1, after, 10)).toHaveLength(10);
      costs.push(counter.take());
    }
    return costs;
  };
  const store = (count: number, prefix: string, mailbox = ALICE): void => {
    for (const item of many(count, prefix, { mailbox, body: filled(20, 1) })) expect(tables.store(item)).toBe('stored');
  };

  store(7_000, 'a');
  const recent = Math.max(...costOfPages());
  while (!tables.recent.settleAll(1_000));
  const settled = Math.max(...costOfPages());
  store(2_000, 'b');
  store(5_000, 'c', BOB);
  while (!tables.recent.settleAll(1_000));
  expect(Math.max(...costOfPages())).toBeLessThanOrEqual(settled);
  expect(settled).toBeLessThan(1_000);
  expect(recent).toBeLessThan(1_000);
  counter.database.close();
});
