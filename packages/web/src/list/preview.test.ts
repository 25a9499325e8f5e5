import { describe, expect, it } from 'vitest';
import { messageOf } from './contact.fixture.ts';
import { oneLine, previewOf } from './preview.ts';

const of = (content: Parameters<typeof messageOf>[2]) => previewOf(messageOf('did:key:z', 1, content));

describe('previewOf', () => {
  it('begins with the words', () => {
    expect(of({ content: { text: 'a\n\n b' }, outgoing: true })).toEqual({ kind: 'text', text: 'a b', own: true });
  });

  it('says what is no text', () => {
    expect(of({ content: { deleted: true } })).toEqual({ kind: 'deleted' });
    expect(of({ content: { unknown: true } })).toEqual({ kind: 'unknown' });
    expect(of({ content: { undecryptable: true } })).toEqual({ kind: 'undecryptable' });
    expect(of({ content: { timer: 60 } })).toEqual({ kind: 'timer', seconds: 60 });
    expect(of({ content: { timer: 0 } })).toEqual({ kind: 'timerOff' });
    expect(of({ content: { gap: 2 } })).toEqual({ kind: 'gap', count: 2 });
  });

  it('is nothing for nothing, and for a gap that was filled', () => {
    expect(previewOf(null)).toEqual({ kind: 'none' });
    expect(previewOf(undefined)).toEqual({ kind: 'none' });
    expect(of({ content: { gap: 0 } })).toEqual({ kind: 'none' });
  });
});

describe('oneLine', () => {
  it('cuts between letters, never through one', () => {
    const line = oneLine('🙂'.repeat(500));
    expect(Array.from(line)).toHaveLength(160);
    expect(line).not.toMatch(/[\uD800-\uDBFF]$/u);
  });

  it('leaves nothing that turns round what stands beside it', () => {
    expect(oneLine('a\u202eb\u200bc')).toBe('abc');
  });

  it('does not read all of a megabyte', () => {
    expect(oneLine(`${' '.repeat(1_000_000)}end`)).toBe('');
  });
});
