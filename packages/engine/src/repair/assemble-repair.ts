/** Puts together what asks for contents again, and what answers when a contact asks. */
import type { OwnIdentity } from '../account/identity-store.ts';
import type { Profile } from '../account/profile.ts';
import type { History } from '../history/history.ts';
import { nextOwnOrder } from '../outbox/own-orders.ts';
import { Repeats } from '../outbox/repeats.ts';
import type { RepeatsParts } from '../outbox/repeats.ts';
import type { Receipts } from '../outbox/receipts.ts';
import { Placeholders } from './placeholders.ts';
import { RepairRows } from './repair-rows.ts';
import { Repair } from './repair.ts';
import type { RepairParts } from './repair.ts';
import { sendAnew } from './send-anew.ts';
import { Unshown } from './unshown.ts';

export type RepairInput = Omit<RepairParts, 'placeholders' | 'rows' | 'sendAnew'> &
  Pick<RepeatsParts, 'ownContents'> & {
    readonly own: OwnIdentity;
    readonly profile: Profile;
    readonly history: History;
    readonly receipts: Receipts;
    readonly isRecalling: () => boolean;
  };

export function assembleRepair(parts: RepairInput): { placeholders: Placeholders; repair: Repair; repeats: Repeats } {
  const { database, timers, random, profile, history, receipts, ownContents, outbox, outboxRows, own, isRecalling } =
    parts;
  const placeholders = new Placeholders(history);
  const repair = new Repair({
    ...parts,
    placeholders,
    rows: new RepairRows(database),
    sendAnew: (contact, device) => void sendAnew({ timers, ownContents, outboxRows, outbox }, contact, device),
  });
  const unshown = new Unshown({ database, timers, profile, receipts, repair });
  const repeats = new Repeats({
    ownContents,
    outbox,
    rows: outboxRows,
    random,
    timers,
    isRecalling,
    nextOrder: (contact) => nextOwnOrder(database, contact),
    onUnshown: (contact, device) => unshown.sayAgain(contact, device),
    get device() {
      return own.device.device;
    },
  });
  return { placeholders, repair, repeats };
}
