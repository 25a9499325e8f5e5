import type { Mutant } from './mutant.ts';

const AMENDING = 'packages/engine/src/amendments/amending.ts';

/** Bugs of changing what was said. */
export const CHANGE_MUTANTS: readonly Mutant[] = [
  {
    name: 'anybody-may-edit',
    bug: 'Words are changed by somebody who did not write them.',
    scenario: 'changes',
    patches: [
      {
        file: 'packages/engine/src/amendments/own-amendments.ts',
        find: "if (!found.row.outgoing) throw new EngineError('not-allowed', refusal);",
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
    name: 'deletion-loses-to-an-edit',
    bug: 'A message that was taken back gets words again by an edit that comes later.',
    scenario: 'devices',
    patches: [
      {
        file: AMENDING,
        find: 'if (target.hidden || target.gap || target.record.deleted === true) return;',
        replace: 'if (target.hidden || target.gap) return;',
      },
      {
        file: AMENDING,
        find: "if (record.text === undefined || text === '' || !isLater(stamp, record.edit)) return;\n    const changed = { ...record, text, edit: stamp };",
        replace:
          "if (text === '' || !isLater(stamp, record.edit)) return;\n    const { deleted: _, ...kept } = record;\n    const changed = { ...kept, text, edit: stamp };",
      },
    ],
  },
  {
    name: 'changes-before-their-message-are-dropped',
    bug: 'An edit that comes before its message is forgotten.',
    scenario: 'devices',
    patches: [
      {
        file: AMENDING,
        find: 'for (const { author, record } of this.#amendments.takeWaiting(contact.id, target)) {',
        replace: 'for (const { author, record } of []) {',
      },
    ],
  },
  {
    name: 'last-to-come-counts',
    bug: 'Of two changes that which comes last counts, not that which was made last.',
    scenario: 'devices',
    patches: [
      {
        file: 'packages/engine/src/amendments/stamp.ts',
        find: 'if (b === undefined || a.at !== b.at) return b === undefined || a.at > b.at;',
        replace: 'if (b === undefined || a.at !== b.at) return true;',
      },
    ],
  },
  {
    name: 'disappears-on-one-side',
    bug: 'Messages that are to disappear stay for those who got them.',
    scenario: 'changes',
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
