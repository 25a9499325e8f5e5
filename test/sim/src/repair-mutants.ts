import type { Mutant } from './mutant.ts';

const REPAIR = 'packages/engine/src/repair/repair.ts';
const ARRIVALS = 'packages/engine/src/inbox/arrivals.ts';
const ENCRYPTION = 'packages/engine/src/outbox/encryption.ts';
const STATE_COUNTER = 'packages/engine/src/account/state-counter.ts';
const WENT_BACK = 'packages/engine/src/repair/went-back.ts';

/**
 * Bugs of healing what was lost. Two come too seldom for a gate, for there are other ways to the same, and have tests of
 * their own: a number that was used before (inbox.test.ts), receipts that are not given again (repeats.test.ts).
 */
export const REPAIR_MUTANTS: readonly Mutant[] = [
  {
    name: 'repair-asks-for-nothing',
    bug: 'What could not be opened is shown as such, and never asked for.',
    scenario: 'session-loss',
    seed: 1,
    patches: [
      {
        file: REPAIR,
        find: 'const ids = rows.contents(row.contact, row.device, MAX_ASKED);',
        replace: 'const ids: Uint8Array[] = [];',
      },
    ],
  },
  {
    name: 'repeated-under-another-id',
    bug: 'What is asked for again is sent as if it were something new, and shown twice.',
    scenario: 'session-loss',
    seed: 1,
    patches: [
      {
        file: ENCRYPTION,
        find: 'const draft = { id: row.contentId,',
        replace: `const id = row.contentId.slice();
      if (isOrdered && row.device !== 0) id[15] = 0;
      const draft = { id,`,
      },
      {
        file: ENCRYPTION,
        find: `contentId: row.contentId,
        message: step.message,`,
        replace: `contentId: row.kind === KIND.text && row.device !== 0 ? row.contentId.with(15, 0) : row.contentId,
        message: step.message,`,
      },
    ],
  },
  {
    name: 'placeholder-stays',
    bug: 'What was asked for comes, and the placeholder stays.',
    scenario: 'session-loss',
    seed: 1,
    patches: [
      {
        file: ARRIVALS,
        find: 'if (before.record.undecryptable === true) display.fill(contact, before, arrival);',
        replace: '',
      },
    ],
  },
  {
    name: 'rollback-not-compared',
    bug: 'An older disk is put back, and the number that the node keeps is not looked at.',
    scenario: 'rollback',
    seed: 18,
    patches: [
      {
        file: STATE_COUNTER,
        find: 'if (held === intended || held === 0 || isExcused || before.includes(held)) return;',
        replace: 'return;',
      },
    ],
  },
  {
    name: 'orders-given-again',
    bug: 'A device whose disk went back gives the orders again that it gave since.',
    scenario: 'rollback',
    seed: 39,
    patches: [
      { file: WENT_BACK, find: 'for (const { id } of contactsOf(parts)) leaveOrdersOut(parts, id);', replace: '{}' },
    ],
  },
];
