import type { Mutant } from './mutant.ts';

/** Bugs of several devices. */
export const DEVICE_MUTANTS: readonly Mutant[] = [
  {
    name: 'copies-to-own-devices-dropped',
    bug: 'What is sent on one device is never told to the others of the account.',
    scenario: 'devices',
    seed: 1,
    patches: [
      {
        file: 'packages/engine/src/devices/self-sync.ts',
        find: 'if (others().length === 0) return null;',
        replace: 'return null;',
      },
    ],
  },
  {
    name: 'own-receipts-ignored',
    bug: 'What another own device has confirmed is sent to it again and again.',
    scenario: 'devices',
    seed: 1,
    patches: [
      {
        file: 'packages/engine/src/devices/sync-taking.ts',
        find: 'for (const id of body.value.ids) this.#parts.onReceipt(contact, device, id);',
        replace: '',
      },
    ],
  },
  {
    name: 'first-device-only',
    bug: 'Messages go to the first device of their recipient alone.',
    scenario: 'devices',
    seed: 1,
    patches: [
      {
        file: 'packages/engine/src/outbox/targets.ts',
        find: 'for (const device of others) {',
        replace: 'for (const device of others.slice(0, 1)) {',
      },
    ],
  },
];
