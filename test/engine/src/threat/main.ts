/** Runs the day and the attack, and writes the figures into docs/threat-model.md. */
import { document, tableOf } from './documented.ts';
import { DAY, runDay } from './day.ts';
import { blindGuess, figuresOf } from './figures.ts';

const day = await runDay(DAY);
const table = tableOf(figuresOf(day), blindGuess(day));
await document(table);
process.stdout.write(`${table}\n`);
