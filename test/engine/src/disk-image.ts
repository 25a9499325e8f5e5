import type { SqlRow } from '@sotto/engine';
import type { Person } from './world.ts';

/** Everything in a person's database at one moment. */
export type DiskImage = readonly (readonly [table: string, rows: readonly SqlRow[]])[];

const tablesOf = (person: Person): string[] =>
  person.store.all(`SELECT name FROM sqlite_schema WHERE type = 'table'`).map((row) => String(row['name']));

export const takeImage = (person: Person): DiskImage =>
  tablesOf(person).map((table) => [table, person.store.all(`SELECT * FROM ${table}`)]);

/** As after the restoring of a disk image. The person must not be running. */
export function putImageBack(person: Person, image: DiskImage): void {
  for (const [table, rows] of image) {
    person.store.run(`DELETE FROM ${table}`);
    for (const row of rows) {
      const marks = Object.keys(row).map(() => '?');
      person.store.run(
        `INSERT INTO ${table} (${Object.keys(row).join(', ')}) VALUES (${marks.join(', ')})`,
        ...Object.values(row),
      );
    }
  }
}
