/** What every screen of an open profile knows without asking: one set of stores a profile, kept by the engine's events. */
import { createContext, use, useEffect, useState } from 'react';
import type { ReactNode } from 'react';
import type { StoreApi } from 'zustand';
import type { EngineHandle } from '@sotto/engine/api';
import { forgetPlaces } from '../app/contact-places.ts';
import { createConnectionStore } from './connection-store.ts';
import type { ConnectionStore } from './connection-store.ts';
import { createContactsStore } from './contacts-store.ts';
import type { ContactsStore } from './contacts-store.ts';
import { eventsByFrame } from './events-by-frame.ts';
import { createNoticesStore } from './notices-store.ts';
import type { NoticesStore } from './notices-store.ts';
import { createRoomStore } from './room-store.ts';
import type { RoomStore } from './room-store.ts';
import { createWhoamiStore } from './whoami-store.ts';
import type { WhoamiStore } from './whoami-store.ts';

export interface Session {
  readonly contacts: StoreApi<ContactsStore>;
  readonly connection: StoreApi<ConnectionStore>;
  readonly whoami: StoreApi<WhoamiStore>;
  readonly notices: StoreApi<NoticesStore>;
  readonly room: StoreApi<RoomStore>;
}

const SessionContext = createContext<Session | null>(null);

export function useSession(): Session {
  const session = use(SessionContext);
  if (session === null) throw new Error('used outside of a SessionProvider');
  return session;
}

export interface SessionProviderProps {
  readonly engine: EngineHandle;
  readonly children: ReactNode;
}

export function SessionProvider({ engine, children }: SessionProviderProps) {
  const [session] = useState<Session>(() => ({
    contacts: createContactsStore(),
    connection: createConnectionStore(),
    whoami: createWhoamiStore(),
    notices: createNoticesStore(),
    room: createRoomStore(),
  }));
  useEffect(() => follow(engine, session), [engine, session]);
  return <SessionContext value={session}>{children}</SessionContext>;
}

/** Reads everything once, again when another tab took over (`resumed`), and applies what happens. */
function follow(engine: EngineHandle, session: Session): () => void {
  let stopped = false;
  const { contacts, connection, whoami, notices, room } = session;
  const readAll = async () => {
    const [own, all, link] = await Promise.all([engine.whoami({}), engine.contacts({}), engine.connection({})]);
    if (stopped) return;
    whoami.getState().set(own);
    contacts.getState().replaceAll(all);
    connection.getState().set(link);
    if (link.state === 'online') await readPresent();
  };
  /** Nodes that keep mail refuse the question. */
  const readPresent = async () => {
    const present = await engine.present({}).catch(() => null);
    if (!stopped) room.getState().setPresent(present);
  };
  const reread = () => {
    readAll().catch((error: unknown) => {
      if (!stopped) connection.getState().fail(error);
    });
  };
  const stop = eventsByFrame(engine, (event) => {
    if (event.type === 'contact') contacts.getState().put(event.contact);
    else if (event.type === 'contact-removed') contacts.getState().remove(event.address);
    else if (event.type === 'typing') contacts.getState().setTyping(event.address, event.active);
    else if (event.type === 'connection') {
      const isNew = event.connection.state === 'online' && connection.getState().connection?.state !== 'online';
      connection.getState().set(event.connection);
      if (isNew) void readPresent();
      // The invite names the node, which has to be reached once for it.
      if (event.connection.state === 'online' && whoami.getState().whoami?.invite === '') reread();
    } else if (event.type === 'notice') notices.getState().add(event);
    else if (event.type === 'announcement') {
      notices.getState().announce(event);
      room.getState().announce(event);
    } else if (event.type === 'room') room.getState().hear(event, whoami.getState().whoami?.address);
    else if (event.type === 'presence') room.getState().meet(event, Date.now());
    else if (event.type === 'resumed') reread();
  });
  reread();
  return () => {
    stopped = true;
    forgetPlaces();
    stop();
  };
}
