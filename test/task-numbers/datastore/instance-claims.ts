import { expect } from 'vitest';
import type { Clock } from '../../../lib/clock/clock.js';
import { AssignmentRunner } from '../../../lib/task-numbers/datastore/assignment-runner.js';
import { InstanceClaim } from '../../../lib/task-numbers/datastore/instance-claim.js';
import type { RowStore } from '../../../lib/task-numbers/datastore/row-store.js';
import { NoTaskNumberError } from '../../../lib/task-numbers/task-num-allocator.js';
import { ManualClock } from '../../../lib/testing/manual-clock.js';
import { rowOf, type EmulatedDatastore } from './emulated-datastore.js';
import { FaultyRowStore } from './faulty-row-store.js';

export const KEY = 'dc|service|job|host|instance';
export const EXPIRATION_SEC = 600;

/** A claim under test, and what it talks to. */
export interface Setup {
  clock: ManualClock;
  /** Sees all that the claim under test asks for. */
  line: FaultyRowStore;
  claim: InstanceClaim;
  direct: RowStore;
  assign: () => Promise<unknown>;
}

/** A claim that is not registered yet. */
export function setUp(datastore: EmulatedDatastore): Setup {
  const clock = new ManualClock();
  const direct = datastore.rows();
  const line = new FaultyRowStore(direct);
  return {
    clock,
    line,
    direct,
    claim: claimOver(line, clock),
    assign: () =>
      new AssignmentRunner({
        store: direct,
        clock,
        deadlineMs: 20_000,
        onForeignWriter: () => undefined,
        onEmptied: () => undefined,
      }).serveAll({}),
  };
}

/** Another process of the same instance id. */
export function claimOver(store: RowStore, clock: Clock): InstanceClaim {
  return new InstanceClaim({
    store,
    clock,
    key: KEY,
    group: 'dc|service|job|host',
    expirationSec: EXPIRATION_SEC,
    deadlineMs: 20_000,
    onTrouble: () => undefined,
  });
}

/** Registers the claim, and has it given number 0. */
export async function holding(setup: Setup): Promise<void> {
  await expect(setup.claim.notify()).rejects.toThrow(NoTaskNumberError);
  await setup.assign();
  expect(await setup.claim.notify()).toBe(0);
  setup.line.takeCalls();
}

/** The heartbeat that stands in the row. */
export async function lastUpdatedMs(store: RowStore): Promise<number> {
  const timestamp = (await rowOf(store, KEY))?.properties.last_updated?.timestampValue;
  return Number(timestamp?.seconds) * 1000 + Number(timestamp?.nanos) / 1e6;
}
