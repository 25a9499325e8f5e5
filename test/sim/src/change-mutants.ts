import type { Mutant } from './mutant.ts';

const AMENDING = 'packages/engine/src/amendments/amending.ts';

/**
 * Bugs of changing what was said. That the order in which changes come does not matter is tested where they are taken
 * in (amending.test.ts): it comes too seldom in a whole network for a gate.
 */
export const CHANGE_MUTANTS: readonly Mutant[] = [
  {
    name: 'anybody-may-edit',
    bug: 'Words are changed by somebody who did not write them.',
    scenario: 'changes',
    seed: 2,
    patches: [
      {
        file: 'packages/engine/src/amendments/own-amendments.ts',
        find: "if (!found.row.outgoing) throw new EngineError('not-allowed', say(refusal));",
        replace: '',
      },
      {
        file: AMENDING,
        find: 'return isOwn ? this.#edit(target, amendment.text, stamp) : undefined;',
        replace: 'return this.#edit(target, amendment.text, stamp);',
      },
    ],
  },
  {
    name: 'disappears-on-one-side',
    bug: 'Messages that are to disappear stay for those who got them.',
    scenario: 'changes',
    seed: 12,
    patches: [
      {
        file: 'packages/engine/src/history/expiry.ts',
        find: "const where = 'WHERE hidden = 0 AND expires_at",
        replace: "const where = 'WHERE outgoing = 1 AND hidden = 0 AND expires_at",
      },
      {
        file: 'packages/engine/src/history/expiry.ts',
        find: 'FROM message WHERE hidden = 0 AND expires_at > 0',
        replace: 'FROM message WHERE outgoing = 1 AND hidden = 0 AND expires_at > 0',
      },
    ],
  },
];
