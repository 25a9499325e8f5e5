import { describe, expect, it } from 'vitest';
import { backupFileName } from './backup-name.ts';

const NOW = Date.UTC(2026, 10, 21, 12);

describe('the name of a backup file', () => {
  it.each([
    ['Anna', 'sotto-anna-2026-11-21.backup'],
    ['Zoë  Müller!', 'sotto-zoe-muller-2026-11-21.backup'],
    ['../../etc/passwd', 'sotto-etc-passwd-2026-11-21.backup'],
    ['安娜', 'sotto-2026-11-21.backup'],
    ['', 'sotto-2026-11-21.backup'],
  ])('of %s is %s', (name, file) => {
    expect(backupFileName(name, NOW)).toBe(file);
  });
});
