import type { Clock } from '../../../lib/clock/clock.js';
import { AssignmentRunner } from '../../../lib/task-numbers/datastore/assignment-runner.js';
import {
  LEASE_PATH,
  leaseStateOf,
  type LeaseState,
} from '../../../lib/task-numbers/datastore/lease-row.js';
import type { RowStore } from '../../../lib/task-numbers/datastore/row-store.js';
import type { AssignmentReport } from '../../../lib/task-numbers/task-num-allocator.js';
import { ManualClock } from '../../../lib/testing/manual-clock.js';
import { call, type EmulatedDatastore } from './emulated-datastore.js';
import { FaultyRowStore } from './faulty-row-store.js';
import { ServerClockRowStore } from './server-clock-row-store.js';

export const WHEN_NEEDED = { scan: 'when-needed' } as const;
export const UNLESS_RECENT = { unlessFinishedWithinSec: 45 } as const;
export const worked = { skipped: false };
export const skipped: AssignmentReport = {
  skipped: true,
  targets: 0,
  instances: 0,
  assigned: 0,
  expired: 0,
  released: 0,
  durationMs: 0,
};
/** Longer than anything here takes. */
export const LONG_SEC = 86_400;

export interface Keeper {
  readonly keeper: AssignmentRunner;
  /** Sees all that it asks for. */
  readonly line: FaultyRowStore;
  /** How often it has reported another housekeeping. */
  readonly reports: () => number;
  /** How often it has reported that rows are gone. */
  readonly emptied: () => number;
}

/** As in a process of its own. */
export function keeperOver(store: RowStore, clock: Clock): Keeper {
  const line = new FaultyRowStore(store);
  let reports = 0;
  const onForeignWriter = (): void => void reports++;
  let emptied = 0;
  const onEmptied = (): void => void emptied++;
  const options = { store: line, clock, deadlineMs: 20_000, onForeignWriter, onEmptied };
  return {
    keeper: new AssignmentRunner(options),
    line,
    reports: () => reports,
    emptied: () => emptied,
  };
}

export function setUp(
  datastore: EmulatedDatastore,
): Keeper & { clock: ManualClock; direct: RowStore } {
  const clock = new ManualClock();
  const direct = new ServerClockRowStore(datastore.rows(), undefined);
  return { clock, direct, ...keeperOver(direct, clock) };
}

export async function leaseState(store: RowStore): Promise<LeaseState> {
  const [row] = await store.lookup([LEASE_PATH], call);
  return leaseStateOf(row!);
}
