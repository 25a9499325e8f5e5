import { describe, expect, it } from 'vitest';
import type { Draft } from '@sotto/engine/api';
import { Drafts, draftsOf } from './drafts.ts';

class Fixture {
  kept: Draft[] = [];
  saved: { conversation: string; text: string; replyTo?: string }[] = [];
  #later: (() => void)[] = [];

  open(): Drafts {
    const engine = {
      drafts: () => Promise.resolve({ drafts: this.kept }),
      saveDraft: (params: { conversation: string; text: string; replyTo?: string }) => {
        this.saved.push(params);
        return Promise.resolve({});
      },
    };
    return new Drafts(engine, (save) => void this.#later.push(save));
  }

  pass(): void {
    for (const save of this.#later.splice(0)) save();
  }
}

describe('WEB-46: drafts', () => {
  it('are there again, and never take the place of what was written since', async () => {
    const f = new Fixture();
    f.kept = [
      { conversation: 'ann', text: 'kept', savedAt: 1 },
      { conversation: 'ben', text: 'older', replyTo: 'ab', savedAt: 1 },
    ];
    const drafts = f.open();
    drafts.set('ann', { text: 'newer' });
    let told = 0;
    drafts.subscribe(() => told++);
    await Promise.resolve();
    await Promise.resolve();
    expect(drafts.get('ann')).toEqual({ text: 'newer' });
    expect(drafts.get('ben')).toEqual({ text: 'older', replyTo: 'ab' });
    expect(told).toBe(1);
    expect(drafts.get('cem')).toEqual({ text: '' });
  });

  it('are saved a moment later, once for many keys, and at once when the page goes', () => {
    const f = new Fixture();
    const drafts = f.open();
    for (const text of ['h', 'he', 'hel']) drafts.set('ann', { text });
    expect(f.saved).toEqual([]);
    f.pass();
    expect(f.saved).toEqual([{ conversation: 'ann', text: 'hel' }]);
    drafts.set('ann', { text: '' });
    drafts.save();
    expect(f.saved.at(-1)).toEqual({ conversation: 'ann', text: '' });
    f.pass();
    expect(f.saved).toHaveLength(2);
  });

  it('are those of one session: after locking or erasing, the next one of the same engine has none of them in memory', () => {
    const engine = { drafts: () => Promise.resolve({ drafts: [] }), saveDraft: () => Promise.resolve({}) };
    const before = {};
    draftsOf(before, engine).set('ann', { text: 'a secret' });
    expect(draftsOf(before, engine).get('ann')).toEqual({ text: 'a secret' });
    expect(draftsOf({}, engine).get('ann')).toEqual({ text: '' });
  });
});
