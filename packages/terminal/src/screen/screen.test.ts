import { describe, expect, it } from 'vitest';
import { Screen } from './screen.ts';

describe('TERM-5: the screen', () => {
  it('sends only rows that changed, in one write', () => {
    const written: string[] = [];
    const screen = new Screen({ write: (text) => written.push(text) });
    screen.draw({ lines: ['a', 'b', 'c'], cursor: { row: 2, column: 1 } });
    written.length = 0;
    screen.draw({ lines: ['a', 'B', 'c'], cursor: { row: 2, column: 1 } });
    expect(written).toHaveLength(1);
    expect(written[0]).toContain('B');
    expect(written[0]).not.toContain('a');
    screen.draw({ lines: ['a', 'B', 'c'], cursor: { row: 2, column: 1 } });
    expect(written).toHaveLength(1);
  });

  it('clears rows that are gone and draws all after invalidate', () => {
    const written: string[] = [];
    const screen = new Screen({ write: (text) => written.push(text) });
    screen.draw({ lines: ['a', 'b'], cursor: null });
    screen.draw({ lines: ['a'], cursor: null });
    expect(written.at(-1)).toContain('\u001b[2;1H');
    screen.invalidate();
    screen.draw({ lines: ['a'], cursor: null });
    expect(written.at(-1)).toContain('\u001b[1;1H\u001b[0ma');
  });
});
