import type { Cell } from '../../../lib/store/cell.js';
import type { Operations } from '../task-numbers/counted-datastore.js';

/** A twelfth of 365.25 days. */
export const DAYS_PER_MONTH = 30.4375;
export const MEBIBYTE = 2 ** 20;

/** List prices of Datastore in a multi-region, in dollars for 100,000 operations. */
const DOLLARS_PER_100K = { reads: 0.06, writes: 0.18, deletes: 0.02 } as const;

/** List prices of Cloud Monitoring, in dollars a MiB, up to so many MiB a month. */
const MONITORING_TIERS = [
  { upTo: 150, dollars: 0 },
  { upTo: 100_000, dollars: 0.258 },
  { upTo: 250_000, dollars: 0.151 },
  { upTo: Number.POSITIVE_INFINITY, dollars: 0.061 },
] as const;

/** List price of Managed Service for Prometheus, for a million of the first 50 billion samples of a month. */
const DOLLARS_PER_MILLION_SAMPLES = 0.06;

/** What the operations of a day come to in a month. The free operations of the default database are left out. */
export function datastoreDollars({ reads, writes, deletes }: Omit<Operations, 'calls'>): number {
  const { reads: perRead, writes: perWrite, deletes: perDelete } = DOLLARS_PER_100K;
  return ((reads * perRead + writes * perWrite + deletes * perDelete) / 1e5) * DAYS_PER_MONTH;
}

/** What the bytes of a day come to in a month, for an account that sends nothing else. */
export function monitoringDollars(bytesPerDay: number): number {
  const mebibytes = mebibytesPerMonth(bytesPerDay);
  let dollars = 0;
  let from = 0;
  for (const tier of MONITORING_TIERS) {
    dollars += Math.max(0, Math.min(mebibytes, tier.upTo) - from) * tier.dollars;
    from = tier.upTo;
  }
  return dollars;
}

export function mebibytesPerMonth(bytesPerDay: number): number {
  return (bytesPerDay * DAYS_PER_MONTH) / MEBIBYTE;
}

/** What the samples of a day come to in a month. */
export function prometheusDollars(samplesPerDay: number): number {
  return (samplesPerDay * DAYS_PER_MONTH * DOLLARS_PER_MILLION_SAMPLES) / 1e6;
}

/** A number is one sample. A distribution is two, and one more for each bucket that is not empty. */
export function samplesOf({ value }: Pick<Cell, 'value'>): number {
  return typeof value === 'object' ? 2 + value.bucketCounts.filter(count => count > 0).length : 1;
}
