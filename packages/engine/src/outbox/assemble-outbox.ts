/** What sends: the outbox, what becomes of its rows, and who stores them again. */
import type { Profile } from '../account/profile.ts';
import type { Contacts } from '../contacts/contacts.ts';
import type { OwnSide } from '../devices/own-side.ts';
import type { Platform } from '../ports.ts';
import type { Repair } from '../repair/repair.ts';
import { sendAnew } from '../repair/send-anew.ts';
import type { RecipientNodes } from '../ring/recipient-nodes.ts';
import type { RingViews } from '../ring/ring-views.ts';
import type { Database } from '../store/database.ts';
import type { Timers } from '../timers.ts';
import type { Encryption } from './encryption.ts';
import { Outbox } from './outbox.ts';
import type { OutboxRows } from './outbox-rows.ts';
import { Outcomes, STORE_AGAIN_MS } from './outcomes.ts';
import type { OwnContents } from './own-contents.ts';
import { StoreAgain } from './store-again.ts';
import type { Targets } from './targets.ts';
import { Transmission } from './transmission.ts';

interface SendingParts {
  readonly platform: Platform;
  readonly timers: Timers;
  readonly database: Database;
  readonly contacts: Contacts;
  readonly profile: Profile;
  readonly rows: OutboxRows;
  readonly targets: Targets;
  readonly encryption: Encryption;
  readonly ownContents: OwnContents;
  readonly nodes: RecipientNodes;
  readonly views: RingViews;
  /** Made later, as repair is. */
  readonly ownSide: () => OwnSide;
  readonly repair: () => Pick<Repair, 'wasHeard'>;
  /** States of messages changed. */
  readonly onProgress: () => void;
  readonly onFault: (error: unknown) => void;
}

interface Sending {
  readonly outcomes: Outcomes;
  readonly transmission: Transmission;
  readonly outbox: Outbox;
  readonly storeAgain: StoreAgain;
}

export function assembleOutbox(parts: SendingParts): Sending {
  const { platform, timers, database, contacts, profile, rows, targets, encryption, ownContents } = parts;
  const { nodes, views, ownSide, repair, onProgress, onFault } = parts;
  const outcomes = new Outcomes({
    database,
    timers,
    contacts,
    ownContents,
    rows,
    encryption,
    onSent: (contact, contentId) => ownSide().sync.sent(contact, contentId),
    onUnknown: (contact, device, contentId, state) => ownSide().confirmed(contact, device, contentId, state),
  });
  const transmission = new Transmission(platform, nodes);
  const outbox: Outbox = new Outbox({
    timers,
    random: platform.random,
    database,
    contacts,
    profile,
    rows,
    targets,
    encryption,
    transmission,
    outcomes,
    onDeviceGone: (contact, gone) => ownSide().dropDevice(contact, gone, []),
    isReceiptLost: (contact, row) => {
      if (!repair().wasHeard(contact, row.device, timers.now() - STORE_AGAIN_MS)) return false;
      return database.transaction(() =>
        sendAnew({ timers, ownContents, outboxRows: rows, outbox }, contact, row.device, row.id),
      );
    },
    onProgress,
    onFault,
  });
  const storeAgain = new StoreAgain({
    timers,
    random: platform.random,
    database,
    contacts,
    profile,
    nodes,
    views,
    onDue: (contact) => outbox.wake(contact),
    onFault,
  });
  return { outcomes, transmission, outbox, storeAgain };
}
