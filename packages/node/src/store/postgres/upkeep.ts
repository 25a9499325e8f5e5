import { dayOf, DayPartitions } from './day-partitions.ts';
import { Expiry } from './expiry.ts';
import type { Lease, Leases } from './leases.ts';

export const EXPIRY_LEASE = 'expiry';
const DAYS_LEASE = 'days';

/** Envelopes are kept for 30 days at most, and clocks differ. */
const DAYS = 32;

/** What is done for the whole database by one process at a time. */
export interface UpkeepTask {
  readonly lease: string;
  readonly everyMs: number;
  /** Changes nothing once the lease is another's. @returns what it did, for the log */
  run(leases: Leases, lease: Lease, nowSeconds: number): Promise<number>;
}

/** OPS-31. */
export const UPKEEP: readonly UpkeepTask[] = [
  {
    lease: EXPIRY_LEASE,
    everyMs: 60_000,
    run: (leases, lease, nowSeconds) => {
      const transactions = leases.under(lease);
      return new Expiry(transactions, new DayPartitions(transactions)).expire(nowSeconds);
    },
  },
  {
    // Made before an envelope needs it, which would wait for that.
    lease: DAYS_LEASE,
    everyMs: 3_600_000,
    run: async (leases, lease, nowSeconds) => {
      const days = new DayPartitions(leases.under(lease));
      const today = dayOf(nowSeconds);
      for (let ahead = 0; ahead < DAYS; ahead++) await days.ensure([today + ahead]);
      return DAYS;
    },
  },
];
