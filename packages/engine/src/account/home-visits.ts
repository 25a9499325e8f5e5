/**
 * The homes beside the one that this device is attached to are looked in on: what they hold back from nobody comes, and
 * they get keys, access and the number of this device's state (RING-68).
 */
import type { DeliverFrame, FrameBody, KeyCounts } from '@sotto/protocol/wire';
import { ConnectionError, HomeVisit, isNotHome, isUnknownThere } from '../connection/index.ts';
import type { AcknowledgeSink } from '../connection/index.ts';
import type { Route } from '../contacts/route.ts';
import type { Platform } from '../ports.ts';
import { toHex } from '../store/hex.ts';
import type { Timers } from '../timers.ts';
import type { OwnIdentity } from './identity-store.ts';
import type { AskHome, Publishing } from './publishing.ts';

const EVERY_MS = 180_000;
/** A home that lacks keys and was not reached. */
const AGAIN_MS = 20_000;
/** After being attached: first what the home pushes is taken in, and the others are told. */
const SETTLE_MS = 4000;
/** While that goes on they would push all of it once more: so often it is looked whether it is over, */
const STILL_TAKING_MS = 1000;
/** and so long at most, as the attached home may let it go on for ever. */
const PATIENCE_MS = 60_000;

export interface HomeVisitsParts {
  readonly platform: Platform;
  readonly timers: Timers;
  readonly own: OwnIdentity;
  readonly publishing: Pick<Publishing, 'isDue' | 'bring' | 'bringList'>;
  /** What the attached home holds is being taken in, or the others are not told yet that it was. */
  readonly isTakingIn: () => boolean;
  readonly onDeliver: (deliver: DeliverFrame, from: AcknowledgeSink) => void;
  /** First whether our keys are still ours. Rejects with ConnectionError. */
  readonly beforePublishing: (home: string, counts: KeyCounts | null, ask: AskHome) => Promise<void>;
  /** A home has this revision of the account's device list. */
  readonly onDeviceList: (revision: number) => void;
  /** A home says that it is none. */
  readonly onNotHome: () => void;
  /** A home does not let this device in. */
  readonly onNotAllowed: () => void;
  readonly onFault: (error: unknown) => void;
}

interface Place {
  readonly route: Route;
  readonly key: string;
  visit: HomeVisit | null;
  /** ms since 1970 */
  nextAtMs: number;
  /** Not later than this because of what is taken in. */
  latestAtMs: number;
  /** Reached at the last attempt; null: none yet. */
  reached: boolean | null;
  /** It may not know that this device is one of the account's. */
  lags: boolean;
}

export class HomeVisits {
  readonly #parts: HomeVisitsParts;
  #places: Place[] = [];
  #cancel: () => void = () => undefined;

  constructor(parts: HomeVisitsParts) {
    this.#parts = parts;
  }

  /** The homes to look in on from now on: none while this device is attached nowhere. */
  setPlaces(routes: readonly Route[]): void {
    const before = this.#places;
    const nowMs = this.#parts.timers.now();
    this.#places = routes.map((route) => {
      const key = toHex(route.node);
      const known = before.find((place) => place.key === key);
      const { visit = null, reached = null, lags = false } = known ?? {};
      return { route, key, visit, nextAtMs: nowMs + SETTLE_MS, latestAtMs: nowMs + PATIENCE_MS, reached, lags };
    });
    for (const { key, visit } of before) {
      if (!this.#places.some((place) => place.key === key)) void visit?.close();
    }
    this.#wait();
  }

  /** Something is to be published: homes that lack it are looked in on at once. */
  hurry(): void {
    const nowMs = this.#parts.timers.now();
    for (const place of this.#places) {
      if (place.reached !== false && this.#parts.publishing.isDue(place.key)) place.nextAtMs = nowMs;
    }
    this.#wait();
  }

  /** How many of them answered when they were looked in on last. */
  get reached(): number {
    return this.#places.filter(({ reached }) => reached === true).length;
  }

  async close(): Promise<void> {
    const open = this.#places.flatMap(({ visit }) => (visit === null ? [] : [visit]));
    this.#places = [];
    this.#cancel();
    await Promise.all(open.map((visit) => visit.close()));
  }

  #wait(): void {
    this.#cancel();
    const { timers } = this.#parts;
    const waiting = this.#places.filter(({ visit }) => visit === null);
    if (waiting.length === 0) return;
    const nextAtMs = Math.min(...waiting.map(({ nextAtMs: at }) => at));
    this.#cancel = timers.after(Math.max(0, nextAtMs - timers.now()), () => {
      for (const place of this.#places) {
        if (place.visit !== null || place.nextAtMs > timers.now()) continue;
        if (this.#parts.isTakingIn() && timers.now() < place.latestAtMs)
          place.nextAtMs = timers.now() + STILL_TAKING_MS;
        else this.#begin(place);
      }
      this.#wait();
    });
  }

  #begin(place: Place): void {
    const { platform, own, timers, publishing, onDeliver, onFault } = this.#parts;
    const { linkSecret, certificate } = own.device;
    const visit = new HomeVisit({ platform, route: place.route, identity: { linkSecret, certificate }, onDeliver });
    place.visit = visit;
    this.#visit(visit, place)
      .then(
        () => true,
        (error: unknown) => {
          if (!(error instanceof ConnectionError)) onFault(error);
          return false;
        },
      )
      .then((reached) => {
        void visit.close();
        const now = this.#places.find(({ key }) => key === place.key);
        if (now === undefined) return;
        now.visit = null;
        Object.assign(now, { reached, lags: place.lags });
        const isUrgent = !reached && publishing.isDue(place.key);
        now.nextAtMs = timers.now() + (isUrgent ? AGAIN_MS : EVERY_MS);
        now.latestAtMs = now.nextAtMs + PATIENCE_MS;
        this.#wait();
      }, onFault);
  }

  async #visit(visit: HomeVisit, place: Place): Promise<void> {
    const { beforePublishing, publishing, onDeviceList, onNotHome, onNotAllowed } = this.#parts;
    const ask = (body: FrameBody): Promise<FrameBody> => visit.request(body);
    const home = place.key;
    try {
      await visit.open();
      if (place.lags) await publishing.bringList(ask);
      const { keys = null } = await visit.sweep();
      place.lags = false;
      await beforePublishing(home, keys, ask);
      const counts = await publishing.bring(home, keys, ask);
      if (counts !== null) onDeviceList(Number(counts.deviceListRevision));
      await visit.done();
    } catch (error) {
      if (isNotHome(error)) onNotHome();
      if (isUnknownThere(error)) {
        // It has an older list of our devices than this one, or a newer: the next visit begins with ours.
        if (!place.lags) onNotAllowed();
        place.lags = !place.lags;
      }
      throw error;
    }
  }
}
