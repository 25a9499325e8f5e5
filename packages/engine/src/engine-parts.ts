/** Puts an engine together: every part with what it needs, made once, in order. */
import { Amending } from './amendments/amending.ts';
import { AmendmentRows } from './amendments/amendment-rows.ts';
import { assembleNetwork } from './ring/assemble-network.ts';
import { assembleOutbox } from './outbox/assemble-outbox.ts';
import { assembleRepair } from './repair/assemble-repair.ts';
import { Arrivals } from './inbox/arrivals.ts';
import { Contacts } from './contacts/contacts.ts';
import type { Database } from './store/database.ts';
import { Display } from './history/display.ts';
import { Drafts } from './history/drafts.ts';
import { Encryption } from './outbox/encryption.ts';
import { EventStream } from './event-stream.ts';
import { Expiry } from './history/expiry.ts';
import { Gaps } from './history/gaps.ts';
import { History } from './history/history.ts';
import { HoldTimer } from './history/hold-timer.ts';
import { Home } from './account/home.ts';
import type { OwnIdentity } from './account/identity-store.ts';
import { Inbox } from './inbox/inbox.ts';
import { joinAccount } from './account/joining.ts';
import { greetAfterRestore } from './account/restored.ts';
import { Opening } from './inbox/opening.ts';
import { Ordering } from './history/ordering.ts';
import { OutboxRows } from './outbox/outbox-rows.ts';
import { OwnContents } from './outbox/own-contents.ts';
import { OwnSide } from './devices/own-side.ts';
import { OwnPrekeys } from './account/own-prekeys.ts';
import { Parking } from './inbox/parking.ts';
import { Senders } from './inbox/senders.ts';
import type { Platform } from './ports.ts';
import { Profile } from './account/profile.ts';
import type { ProfileRecord } from './account/profile.ts';
import { Receipts } from './outbox/receipts.ts';
import { Recipients } from './contacts/recipients.ts';
import { RemoteDevices } from './contacts/remote-devices.ts';
import { Room } from './account/room.ts';
import { Search } from './history/search.ts';
import { ListLookups } from './contacts/list-lookups.ts';
import { LiveSender } from './outbox/live-sender.ts';
import { Lobby } from './room/lobby.ts';
import { LocalSealer } from './outbox/sealer.ts';
import { sendAnew } from './repair/send-anew.ts';
import { Sessions } from './contacts/sessions.ts';
import { Targets } from './outbox/targets.ts';
import { StateCounter } from './account/state-counter.ts';
import { Timers } from './timers.ts';
import { UnknownSpeakers } from './room/unknown-speakers.ts';
import { Typing } from './outbox/typing.ts';
import { beginAnew, tellEverybody } from './repair/went-back.ts';
import { ViewAgreement } from './ring/view-agreement.ts';
import { Wiping } from './history/wiping.ts';

export type EngineParts = ReturnType<typeof assemble>;

/** What the parts tell the engine as a whole. */
export interface AssemblyEvents {
  /** Connection, or how much waits, may have changed. */
  readonly onConnection: () => void;
  readonly onFault: (error: unknown) => void;
  /** Others can write to us now. */
  readonly onPublished?: () => void;
}

/** Nothing runs yet. @throws StoreError */
export function assemble(
  platform: Platform,
  database: Database,
  own: OwnIdentity,
  record: ProfileRecord,
  { onConnection, onFault, onPublished }: AssemblyEvents,
) {
  const { primitives, random } = platform;
  const timers = new Timers(platform.clock, onFault);
  const events = new EventStream(database);
  const profile = new Profile(database, random, record);
  const contacts = new Contacts(database, primitives, events);
  const history = new History(database, contacts, events, { address: own.address, name: () => profile.current.name });
  const search = new Search(database, history, timers, (image) => platform.openMemoryStore(image));
  const prekeys = new OwnPrekeys(database, platform, own);
  const devices = new RemoteDevices(database, primitives, events, own.account.publicKey);
  const sessions = new Sessions(database);
  const { links, views, tunnels, nodes } = assembleNetwork({
    platform,
    timers,
    database,
    own,
    profile,
    home: () => home,
  });
  const sealer = new LocalSealer(primitives, random);
  const targets = new Targets(platform, own, contacts, devices, sessions, nodes);
  const lookups = new ListLookups({ timers, random, database, contacts, profile, devices, targets });
  devices.onMention = (account) => lookups.note(account);
  const rows = new OutboxRows(database);
  const amendments = new AmendmentRows(database);
  const onTimeRuns = (): void => expiry.start();
  const ownContents = new OwnContents(history, amendments, timers, () => own.device.device, onTimeRuns);
  const viewAgreement = new ViewAgreement({ database, events, views, home: () => profile.current.home, onFault });
  const encryption = new Encryption({
    platform,
    database,
    own,
    profile,
    contacts,
    sessions,
    ownContents,
    rows,
    sealer,
    absent: (account, written) => targets.absent(account, written),
    viewMark: (contact) => viewAgreement.mark(contact),
    ownSideBody: (row) => ownSide.bodyOf(row),
  });
  const { outcomes, transmission, outbox, storeAgain } = assembleOutbox({
    platform,
    timers,
    database,
    contacts,
    profile,
    rows,
    targets,
    encryption,
    ownContents,
    nodes,
    views,
    ownSide: () => ownSide,
    repair: () => repair,
    onProgress: onConnection,
    onFault,
  });
  const wiping = new Wiping({ database, contacts, history, amendments, search, events, rows, outbox });
  const expiry: Expiry = new Expiry(database, history, wiping, timers);
  const amending = new Amending(history, amendments, search, wiping);
  const display = new Display({ contacts, history, search, amending, onTimeRuns });
  const receipts = new Receipts(database, timers, random, contacts, outbox);
  const gaps = new Gaps(database, history, random);
  const { placeholders, repair, repeats } = assembleRepair({
    timers,
    random,
    database,
    own,
    profile,
    contacts,
    sessions,
    history,
    receipts,
    gaps,
    ownContents,
    outboxRows: rows,
    outbox,
    isRecalling: () => ownSide.recall.isOpen,
  });
  const live = new LiveSender({
    platform,
    database,
    own,
    sessions,
    sealer,
    nodes,
    mayEncrypt: () => stateCounter.hasPassed,
  });
  const room = new Room(primitives, own, profile, links, events);
  const opening = new Opening(platform, own, prekeys, sessions);

  // From here on parts call one another in circles; the callbacks run only after everything is made.
  const typing: Typing = new Typing({
    platform,
    timers,
    database,
    own,
    profile,
    contacts,
    devices,
    live,
    events,
    isOnline: () => home.isOnline && stateCounter.hasPassed,
    isRoom: () => home.isRoom,
  });
  const lobby = new Lobby({
    platform,
    timers,
    database,
    own,
    profile,
    contacts,
    targets,
    live,
    room,
    home: () => home,
    events,
  });
  const ordering: Ordering = new Ordering({
    database,
    contacts,
    gaps,
    show: (contact, arrival, position) => arrivals.show(contact, arrival, position),
    // What another own device wrote is asked for there, by the order of what it told (SyncGaps).
    ask: (contact, missing) => (missing > 0 ? repair.missing(contact, missing) : undefined),
    onHold: () => holdTimer.start(),
  });
  const ownSide: OwnSide = new OwnSide({
    platform,
    timers,
    database,
    own,
    profile,
    contacts,
    devices,
    targets,
    history,
    ownContents,
    rows,
    events,
    ordering: () => ordering,
    receipts: () => receipts,
    onFault,
  });
  const holdTimer = new HoldTimer(database, ordering, timers);
  const arrivals: Arrivals = new Arrivals({
    database,
    contacts,
    profile,
    history,
    wiping,
    timers,
    ordering,
    outcomes,
    receipts,
    repeats,
    devices,
    display,
    typing,
    lobby,
    placeholders,
    repair,
    viewAgreement,
    devicesOfOwn: ownSide,
    onInviteUsed: () => {
      database.transaction(() => profile.renewRequestToken());
      home.publish();
    },
  });
  const parking: Parking = new Parking({
    timers,
    random,
    database,
    contacts,
    profile,
    targets,
    onAsking: (asking) => home.during(asking),
    onReady: (parked) => inbox.takeParked(parked),
    onFault,
  });
  const speakers: UnknownSpeakers = new UnknownSpeakers({
    profile,
    targets,
    onReady: (waiting) => inbox.takeParked(waiting),
    onFault,
  });
  const storage = {
    database,
    timers,
    random,
    contacts,
    sessions,
    prekeys,
    ownContents,
    outboxRows: rows,
    outbox,
    events,
    recall: () => ownSide.recall,
  };
  prekeys.onRenewed = () => tellEverybody(storage);
  const stateCounter: StateCounter = new StateCounter({
    database,
    random,
    timers,
    home: () => home.attached,
    request: (body, options) => home.request(body, options),
    onWentBack: () => beginAnew(storage),
    onFault,
  });
  const inbox: Inbox = new Inbox({
    timers,
    database,
    contacts,
    sessions,
    prekeys,
    opening,
    senders: new Senders({ primitives, own, devices, opening, parking }),
    arrivals,
    parking,
    repair,
    speakers,
    acknowledge: (taken) => home.acknowledge(taken),
    onHeard: (contact, device) => outbox.heard(contact, device),
    onBeganAnew: (account, began) => {
      devices.suspect(account, began);
      const contact = contacts.byAccount(account);
      if (contact !== null) sendAnew({ timers, ownContents, outboxRows: rows, outbox }, contact, began);
    },
    onKeysLost: () => home.publish(),
    onFault,
  });
  const home: Home = new Home({
    platform,
    timers,
    database,
    own,
    profile,
    prekeys,
    onJoin: (route) => joinAccount({ platform, database, own, devices, links, events }, route),
    views,
    onDeliver: (deliver, from) => inbox.push(deliver, from),
    onAttached: (link) => {
      inbox.reset(link);
      ownSide.online();
    },
    beforePublishing: async (node, counts) => {
      await stateCounter.attached();
      if (counts !== null && counts.deviceListRevision > 0n) prekeys.compare(node, counts);
    },
    beforeVisit: async (node, counts, ask) => {
      await stateCounter.visited(node, ask);
      if (counts !== null && counts.deviceListRevision > 0n) prekeys.compare(node, counts);
    },
    onPublished: () => {
      if (database.getMeta('published') === null) {
        database.transaction(() => database.setMeta('published', { at: timers.now() }));
      }
      greetAfterRestore({ database, profile, home, contacts, outbox, rows, platform, timers, ownSide });
      ownSide.greet();
      stateCounter.whenPassed(() => {
        outbox.start();
        storeAgain.start();
        outbox.hurry(null);
      });
      onPublished?.();
    },
    onDeviceList: (revision) => ownSide.devices.heard(revision),
    onNotAllowed: () => ownSide.devices.notAllowed(),
    onPresence: (presence) => room.presenceChanged(presence),
    onAnnouncement: (announcement) => room.announced(announcement),
    onChange: onConnection,
    onNotice: (code, words) => events.notice(code, words),
    onFault,
  });
  const recipients = new Recipients({ database, own, profile, contacts, room });

  return {
    platform,
    database,
    own,
    profile,
    timers,
    events,
    contacts,
    history,
    amendments,
    amending,
    ownContents,
    wiping,
    expiry,
    display,
    drafts: new Drafts(database, contacts),
    search,
    prekeys,
    links,
    tunnels,
    views,
    rows,
    transmission,
    outbox,
    receipts,
    repair,
    sessions,
    stateCounter,
    devices,
    typing,
    holdTimer,
    parking,
    inbox,
    home,
    room,
    lobby,
    speakers,
    recipients,
    ownSide,
  };
}
