import type { Primitives } from '@sotto/protocol/crypto';
import type { Clock } from '@sotto/protocol/link';
import { requestTokenHash } from '@sotto/protocol/mailbox';
import {
  type Bundles,
  BundlesSchema,
  create,
  decodeDeviceList,
  decodeKyberPrekey,
  decodeOneTimeKey,
  decodeSealKey,
  decodeSignedPrekey,
  type FetchBundles,
  type PrekeyBundle,
  PrekeyBundleSchema,
  RefusalCode,
} from '@sotto/protocol/wire';
import type { Outlets } from '../delivery/outlet.ts';
import type { Link } from '../links/link.ts';
import type { Limits } from '../limits.ts';
import { RateByKey } from '../links/rate-by-key.ts';
import { describeError, type Log } from '../log.ts';
import type { NodeMetrics } from '../node-metrics.ts';
import type { AccessCache } from '../relay/access-cache.ts';
import { capabilityHolds } from '../relay/authorise.ts';
import type { Access, ClaimedBundle, DeviceRef } from '../store/relay-store.ts';
import { PeerError } from '../ring/peer-error.ts';
import { deviceKey, keyOf } from '../text-key.ts';
import type { SharedRate, Wake } from '../wake/wake.ts';
import { keyCountsFrame } from './key-counts-frame.ts';
import type { KeyStore } from './key-directory.ts';

export interface BundleDeskParts {
  readonly primitives: Primitives;
  readonly clock: Clock;
  readonly limits: Limits;
  readonly log: Log;
  readonly metrics: NodeMetrics;
  readonly store: KeyStore;
  readonly access: AccessCache;
  readonly outlets: Outlets;
  readonly absentCode: RefusalCode;
  readonly wake: Pick<Wake, 'within' | 'keysTaken'> | null;
  readonly spread: (baseMs: number) => number;
}

const RATE_MS = 1000;

/** Hands out bundles; one-time keys only to who may write as a contact, each once (NODE-32, NODE-33). */
export class BundleDesk {
  readonly #parts: BundleDeskParts;
  readonly #fetches: RateByKey;
  /** Apart, so that strangers cannot keep contacts out. */
  readonly #trustedFetches: RateByKey;
  readonly #oneTime: RateByKey;

  constructor(parts: BundleDeskParts) {
    const { fetchBurst, fetchPerSecond, oneTimeBurst, oneTimePerSecond } = parts.limits;
    this.#parts = parts;
    this.#fetches = new RateByKey(fetchBurst, fetchPerSecond);
    this.#trustedFetches = new RateByKey(fetchBurst, fetchPerSecond);
    this.#oneTime = new RateByKey(oneTimeBurst, oneTimePerSecond);
  }

  /** Has a place in the link's window. */
  fetch(link: Link, request: number, asked: FetchBundles): void {
    this.#answer(link, request, asked)
      .catch((error: unknown) => {
        // That other homes are out of reach is no fault of this node.
        if (error instanceof PeerError) this.#parts.log.warn('fetch-failed', describeError(error));
        else this.#parts.log.error('fetch-failed', describeError(error));
        link.refuse(request, RefusalCode.BUSY, this.#parts.spread(RATE_MS));
      })
      .finally(() => link.end(0));
  }

  async #answer(link: Link, request: number, asked: FetchBundles): Promise<void> {
    const { clock, store, metrics, absentCode, spread } = this.#parts;
    const access = await this.#accessOf(asked.account);
    if (access === null) {
      // As much as for a Send to nobody.
      link.takeCold(1);
      return link.refuse(request, absentCode);
    }
    const trusted = await this.#trusted(asked, access);
    const fetches = trusted ? this.#trustedFetches : this.#fetches;
    const { fetchBurst, fetchPerSecond, oneTimeBurst, oneTimePerSecond } = this.#parts.limits;
    const within = (rate: SharedRate, burst: number, perSecond: number): boolean | Promise<boolean> =>
      this.#parts.wake?.within(rate, asked.account, burst, perSecond) ?? true;
    const account = keyOf(asked.account);
    if (
      !fetches.take(account, clock.now()) ||
      !(await within(trusted ? 'trusted-fetch' : 'fetch', fetchBurst, fetchPerSecond))
    ) {
      return link.refuseBusy(request, spread(RATE_MS));
    }
    const oneTime =
      trusted && this.#oneTime.take(account, clock.now()) && (await within('one-time', oneTimeBurst, oneTimePerSecond));
    const claimed = await store.claimBundles(asked.account, asked.devices, oneTime);
    metrics.bundlesFetched += claimed.length;
    if (request !== 0) link.send(request, { case: 'bundles', value: bundlesFrame(access, claimed) });
    if (!oneTime) return;
    const devices = claimed.map(({ device }) => device);
    await this.warn(asked.account, access, devices);
    this.#parts.wake?.keysTaken(this.#notHere(asked.account, devices));
  }

  #accessOf(account: Uint8Array): Promise<Access | null> {
    return new Promise((resolve, reject) => this.#parts.access.with(account, resolve, reject));
  }

  async #trusted(asked: FetchBundles, access: Access): Promise<boolean> {
    const { primitives, clock, store } = this.#parts;
    if (asked.capability.length > 0) return capabilityHolds(primitives, access, asked.capability, clock.now(), null);
    if (asked.requestToken.length === 0) return false;
    return store.tokenIsValid(asked.account, requestTokenHash(primitives, asked.requestToken));
  }

  #notHere(mailbox: Uint8Array, devices: readonly number[]): DeviceRef[] {
    return devices
      .filter((device) => this.#parts.outlets.get(deviceKey(mailbox, device)) === undefined)
      .map((device) => ({ mailbox, device }));
  }

  /** Attached devices that run low are told to refill. @throws RelayStoreError */
  async warn(account: Uint8Array, access: Access, devices: readonly number[]): Promise<void> {
    const { outlets, store, limits } = this.#parts;
    for (const device of devices) {
      const link = outlets.get(deviceKey(account, device))?.link;
      if (link === undefined) continue;
      const counts = await store.keyCounts(account, device);
      if (counts.oneTime >= limits.lowOneTime && counts.oneTimeKyber >= limits.lowOneTimeKyber) continue;
      link.send(0, { case: 'keyCounts', value: keyCountsFrame(counts, access.deviceListRevision) });
    }
  }
}

function bundlesFrame(access: Access, claimed: readonly ClaimedBundle[]): Bundles {
  return create(BundlesSchema, {
    deviceList: decodeDeviceList(access.deviceList),
    bundles: claimed.map(bundleOf),
  });
}

function bundleOf({ device, keys, oneTime, oneTimeKyber }: ClaimedBundle): PrekeyBundle {
  const bundle = create(PrekeyBundleSchema, {
    device,
    registrationId: keys.registrationId,
    signedPrekey: decodeSignedPrekey(keys.signedPrekey),
    kyberPrekey: decodeKyberPrekey(oneTimeKyber ?? keys.lastResortKyber),
    sealKey: decodeSealKey(keys.sealKey),
  });
  if (oneTime !== null) bundle.oneTime = decodeOneTimeKey(oneTime);
  return bundle;
}
