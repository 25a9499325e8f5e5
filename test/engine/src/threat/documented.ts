import { readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import type { Figure } from './figures.ts';

const DOCUMENT = fileURLToPath(new URL('../../../../docs/threat-model.md', import.meta.url));
const BEGIN = '<!-- figures: begin -->';
const END = '<!-- figures: end -->';
const COLUMNS = ['stored', 'texts', 'live', 'pairs'] as const;
/** Figures move by some points when programs draw other random numbers; more precision would be pretended. */
export const STEP = 5;

const rounded = (percent: number): number => Math.round(percent / STEP) * STEP;

/** The table of docs/threat-model.md. */
export function tableOf(figures: readonly Figure[], blind: number): string {
  const rows = figures.map(
    (figure) => `| ${figure.what} | ${COLUMNS.map((column) => `${rounded(figure[column])} %`).join(' | ')} |`,
  );
  return [
    '| | sender of a stored envelope | of a message that a person wrote | of a live-only one | who knows whom |',
    '| --- | --- | --- | --- | --- |',
    ...rows,
    `| Any of those who are attached, blindly | ${rounded(blind)} % | ${rounded(blind)} % | ${rounded(blind)} % | |`,
  ].join('\n');
}

/** What the document says: percents by name of the row. */
export async function documented(): Promise<Map<string, readonly number[]>> {
  const text = await readFile(DOCUMENT, 'utf8');
  const table = text.slice(text.indexOf(BEGIN), text.indexOf(END));
  const rows = table.split('\n').filter((line) => line.startsWith('|') && line.includes('%'));
  return new Map(
    rows.map((row) => {
      const [what = '', ...cells] = row.split('|').slice(1, -1);
      return [what.trim(), cells.filter((cell) => cell.includes('%')).map((cell) => Number.parseInt(cell, 10))];
    }),
  );
}

export async function document(table: string): Promise<void> {
  const text = await readFile(DOCUMENT, 'utf8');
  const [before, rest] = [text.slice(0, text.indexOf(BEGIN) + BEGIN.length), text.slice(text.indexOf(END))];
  await writeFile(DOCUMENT, `${before}\n\n${table}\n\n${rest}`);
}
