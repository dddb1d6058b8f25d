import { HeldTaskNumber } from '../../../lib/flush/held-task-number.js';
import type { Task } from '../../../lib/targets/task.js';
import { timestampValue, type ProtoProperties } from '../../../lib/task-numbers/datastore/proto.js';
import type { Row, RowStore, RowWrite } from '../../../lib/task-numbers/datastore/row-store.js';
import { DatastoreTaskNumAllocator } from '../../../lib/task-numbers/datastore/datastore-task-num-allocator.js';
import { allocatorArguments } from './model-process.js';
import { LuciAllocator } from './luci-allocator.js';
import { pathOf } from './model-datastore.js';
import { ReofferingAllocator } from './reoffering-allocator.js';
import type { Mutation } from './world.js';

/** The server does not look at the lease when it changes claims. */
export const noFence: Mutation = {
  onConflict: (write, all) =>
    kindOf(write) === 'HousekeepingLease' && all.length > 1 ? 'skip' : 'refuse',
};

/** The server changes a claim whatever it has become since it was read. */
export const noVersionsOnRows: Mutation = {
  onConflict: write =>
    kindOf(write) === 'Instance' && write.type !== 'insert' ? 'write' : 'refuse',
};

/** After an unknown answer housekeeping offers the number to the next one that waits. */
export const reofferingAfterUnknownAnswers: Mutation = {
  parts: { allocatorOf: options => new ReofferingAllocator(options) },
};

/** Housekeeping judges all claims by the expiry of its own service. */
export const expiryByOwnSetting: Mutation = {
  storeOf: (store, { expirationSec }) =>
    seenThrough(store, row => ({
      ...row.properties,
      expiration_sec: { integerValue: String(expirationSec), excludeFromIndexes: true },
    })),
};

/** luci-go as it is. */
export const luci: Mutation = {
  parts: {
    allocatorOf: (options, datastore, line) => new LuciAllocator(options, datastore, line),
  },
};

/** A number is used at once, though by our own clock it is not yet free. */
export const noWaitForOwnClock: Mutation = {
  storeOf: store =>
    seenThrough(store, ({ properties }) => ({
      ...properties,
      ...(properties.assigned_at && { assigned_at: timestampValue(0) }),
    })),
};

/** A number once got is believed in until the allocator says that it is lost. */
class TrustingTaskNumber extends HeldTaskNumber {
  private held: Task | undefined;

  constructor(
    ...[allocator, claimant, clock, onChange]: ConstructorParameters<typeof HeldTaskNumber>
  ) {
    super(allocator, claimant, clock, () => {
      this.held = super.target();
      onChange();
    });
  }

  override target(): Task | undefined {
    return this.held;
  }

  override admit(target: Task): string | undefined {
    return target === this.held ? undefined : 'lost';
  }
}

/** A number is used however old its last heartbeat is. */
export const noAgeRule: Mutation = { parts: { HeldTaskNumber: TrustingTaskNumber } };

/** As it was: a release goes by the own clock, and by what that showed at heartbeats. */
class ReleaseByOwnClock extends DatastoreTaskNumAllocator {
  override release(task: Task, instanceId: string): Promise<void> {
    return super.release(task, instanceId);
  }
}

/** A release does not know what was sent between two heartbeats, while the clock was ahead. */
export const releaseByOwnClock: Mutation = {
  parts: { allocatorOf: options => new ReleaseByOwnClock(...allocatorArguments(options)) },
};

/** Sends under a number that it holds, however late that is dated. */
class LateTaskNumber extends HeldTaskNumber {
  override admit(target: Task, endTime: number): string | undefined {
    super.admit(target, endTime);
    return target === this.target() ? undefined : 'lost';
  }
}

/** Payloads are dated later than their claim is sure to live. */
export const endTimesBeyondTheClaim: Mutation = { parts: { HeldTaskNumber: LateTaskNumber } };

/** The rows of a store with other properties than they have. */
function seenThrough(store: RowStore, propertiesOf: (row: Row) => ProtoProperties): RowStore {
  const seen = (row: Row): Row =>
    row.path[0]?.kind === 'Instance' ? { ...row, properties: propertiesOf(row) } : row;
  return {
    lookup: async (paths, call) => (await store.lookup(paths, call)).map(row => row && seen(row)),
    async *scan(range, call) {
      for await (const page of store.scan(range, call)) {
        yield page.map(seen);
      }
    },
    exists: (rows, call) => store.exists(rows, call),
    commit: (writes, call) => store.commit(writes, call),
    close: () => store.close(),
  };
}

function kindOf(write: RowWrite): string | undefined {
  return pathOf(write)[0]?.kind;
}
