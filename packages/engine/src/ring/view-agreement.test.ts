import { nodePrimitives as primitives, systemRandom } from '@sotto/primitives-node';
import { utf8 } from '@sotto/protocol/crypto';
import type { View } from '@sotto/protocol/ring';
import { ContentSchema, create } from '@sotto/protocol/wire';
import { beforeEach, describe, expect, it } from 'vitest';
import type { EngineEvent } from '../api.ts';
import type { NodeRoute } from '../connection/index.ts';
import type { ContactEntry } from '../contacts/contacts.ts';
import { EventStream } from '../event-stream.ts';
import { NodeStore } from '../platform/node/index.ts';
import { Database } from '../store/database.ts';
import { fakeMember, fakeView } from './testing/fake-ring.ts';
import { ViewAgreement } from './view-agreement.ts';

const network = systemRandom(32);
const home: NodeRoute = { network, node: systemRandom(32), urls: ['ws://home'], psk: null };
const elsewhere: NodeRoute = { ...home, network: systemRandom(32) };
const contact = (id: number, changes: Partial<ContactEntry> = {}): ContactEntry => ({
  id,
  account: systemRandom(32),
  status: 'accepted',
  address: '',
  token: '',
  petname: '',
  profileName: '',
  color: 0,
  verified: false,
  route: { ...home, node: systemRandom(32) },
  capability: null,
  requestToken: null,
  told: 0,
  role: 'person',
  changedAt: 0,
  learnedAt: 0,
  ...changes,
});

describe('views of two contacts', () => {
  let epoch: number;
  let database: Database;
  let agreement: ViewAgreement;
  let notices: string[];
  let ownHome: NodeRoute | null;
  /** What asking a node anew brings to light. */
  let onRenew: () => void;
  let members: ReturnType<typeof fakeMember>[];
  let renewals: number;

  /** As the present members would make it. */
  const viewAt = (at: number): View => {
    const names = members.map(({ key }) => key).join();
    const hash = primitives.sha256(utf8(`${names} ${at}`)).slice(0, 8);
    return { ...fakeView(members, at), hash };
  };

  beforeEach(() => {
    epoch = 100;
    ownHome = home;
    notices = [];
    renewals = 0;
    members = [fakeMember()];
    onRenew = () => undefined;
    database = new Database({
      store: new NodeStore(':memory:'),
      primitives,
      random: systemRandom,
      databaseKey: systemRandom(32),
    });
    const events = new EventStream(database);
    events.on((event: EngineEvent) => event.type === 'notice' && notices.push(event.code));
    agreement = new ViewAgreement({
      database,
      events,
      views: {
        known: () => viewAt(epoch),
        at: (_, asked) => viewAt(asked),
        renew: () => Promise.resolve((renewals++, onRenew(), viewAt(epoch))),
      },
      home: () => ownHome,
      onFault: (error) => {
        throw error;
      },
    });
  });

  /** A content of a contact who sees this hash in an epoch. */
  const hear = async (from: ContactEntry, hash: Uint8Array, at = epoch): Promise<void> => {
    const content = create(ContentSchema, { viewHash: hash, viewEpoch: BigInt(at) });
    database.transaction(() => agreement.heard(from, content));
    for (let turn = 0; turn < 10; turn++) await Promise.resolve();
  };
  const same = (at = epoch): Uint8Array => viewAt(at).hash;
  const other = (): Uint8Array => systemRandom(8);

  it('RING-79: contents tell the view to contacts in the same network, and to nobody else', () => {
    expect(agreement.mark(contact(1))).toEqual({ hash: same(), epoch: 100 });
    expect(agreement.mark(contact(1, { route: null }))).toEqual({ hash: same(), epoch: 100 });
    expect(agreement.mark(contact(1, { route: elsewhere }))).toBeNull();
    ownHome = { ...home, psk: systemRandom(32) };
    expect(agreement.mark(contact(1))).toBeNull();
    ownHome = null;
    expect(agreement.mark(contact(1))).toBeNull();
  });

  it('RING-79, TM-84: disagreeing for two epochs gives one notice, however long it goes on and with however many', async () => {
    const [anna, ben] = [contact(1), contact(2)];
    await hear(anna, other());
    await hear(ben, other());
    epoch++;
    await hear(anna, other());
    expect(notices).toEqual([]);
    epoch++;
    await hear(anna, other());
    expect(notices).toEqual(['views-disagree']);
    for (let i = 0; i < 5; i++, epoch++) {
      await hear(anna, other());
      await hear(ben, other());
    }
    expect(notices).toEqual(['views-disagree']);
  });

  it('RING-79: agreeing in between ends it; a new disagreement after that is told again', async () => {
    const anna = contact(1);
    await hear(anna, other());
    epoch += 2;
    await hear(anna, same());
    await hear(anna, other());
    expect(notices).toEqual([]);
    epoch += 2;
    await hear(anna, other());
    expect(notices).toHaveLength(1);
    await hear(anna, same());
    for (let i = 0; i < 2; i++, epoch += 2) await hear(anna, other());
    expect(notices).toHaveLength(2);
  });

  it('RING-79: what had just not been told here is no disagreement', async () => {
    const anna = contact(1);
    const joined = fakeMember();
    for (let i = 0; i < 3; i++, epoch += 2) {
      members = [members[0]!];
      const theirs = ((): Uint8Array => {
        members = [...members, joined];
        const hash = same();
        members = [members[0]!];
        return hash;
      })();
      onRenew = () => (members = [members[0]!, joined]);
      await hear(anna, theirs);
    }
    expect(notices).toEqual([]);
  });

  it('RING-79: contents have the view asked for anew once in an epoch, whatever they say', async () => {
    for (let i = 1; i <= 3; i++, epoch++) {
      await Promise.all([hear(contact(1), other()), hear(contact(2), other())]);
      for (let again = 0; again < 5; again++) await hear(contact(3), other());
      expect(renewals).toBe(i);
    }
    expect(notices).toEqual(['views-disagree']);
  });

  it('RING-79: old and future epochs, strangers, other networks and contents without a view say nothing', async () => {
    for (let i = 0; i < 3; i++, epoch += 2) {
      await hear(contact(1), other(), epoch - 7);
      await hear(contact(2), other(), epoch + 2);
      await hear(contact(3, { status: 'request' }), other());
      await hear(contact(4, { route: elsewhere }), other());
      await hear(contact(5), new Uint8Array(0));
    }
    expect(notices).toEqual([]);
  });

  it('RING-79: the epoch that a message was written in is compared, not the one it came in', async () => {
    const anna = contact(1);
    const written = same();
    epoch += 2;
    await hear(anna, written, epoch - 2);
    await hear(anna, written, epoch);
    epoch += 2;
    await hear(anna, written, epoch);
    expect(notices).toHaveLength(1);
  });
});
