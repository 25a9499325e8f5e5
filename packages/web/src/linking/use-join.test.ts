import { describe, expect, it } from 'vitest';
import { advanced } from './use-join.ts';
import type { JoinState } from './use-join.ts';

const connecting: JoinState = { kind: 'connecting', problem: null };
const code: JoinState = { kind: 'code', code: 'sotto-link:AAAA', expires: 1 };

describe('MEET-7: joining an account', () => {
  it('DEV-3: shows whose account has read the code, then how many contacts came', () => {
    const approved = advanced(code, { step: 'approved', address: 'did:key:z6Mk' });
    expect(approved).toEqual({ kind: 'approved', address: 'did:key:z6Mk', contacts: null });
    expect(advanced(approved, { step: 'contacts', done: 2, total: 5 })).toEqual({
      kind: 'approved',
      address: 'did:key:z6Mk',
      contacts: { done: 2, total: 5 },
    });
  });

  it('says why the node is not reached, and keeps a code that is shown', () => {
    const problem = 'The node does not answer.';
    const said = [{ name: 'node-unreachable' }] as const;
    expect(advanced(connecting, { step: 'connecting', problem, said })).toEqual({ kind: 'connecting', problem: said });
    expect(advanced(connecting, { step: 'connecting', problem })).toEqual({ kind: 'connecting', problem: [] });
    expect(advanced(code, { step: 'connecting', problem, said })).toBe(code);
    expect(advanced(code, { step: 'waiting' })).toBe(code);
  });
});
