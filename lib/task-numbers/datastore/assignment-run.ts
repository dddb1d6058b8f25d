import type { Clock } from '../../clock/clock.js';
import { Stopwatch } from '../../clock/stopwatch.js';
import { AssignmentPlan } from '../assignment-plan.js';
import type { AssignmentReport } from '../task-num-allocator.js';
import {
  claimOf,
  INSTANCE_KIND,
  lastUpdatedProperty,
  taskNumProperty,
  type InstanceRow,
} from './instance-row.js';
import type { Call, RowStore, RowWrite } from './row-store.js';

/** What an {@link AssignmentRun} is made of. */
export interface AssignmentRunOptions {
  readonly store: RowStore;
  readonly clock: Clock;
  /** How long each answer of Datastore is waited for. */
  readonly deadlineMs: number;
}

type Decision = 'expire' | 'repair' | 'assign';

interface PlannedWrite {
  readonly decision: Decision;
  readonly claim: InstanceRow;
  readonly write: RowWrite;
}

const CONCURRENT_COMMITS = 16;
/** After so many failures the backend is the trouble, not a row: trying the other rows would only take longer. */
const FAILURES_BEFORE_GIVING_UP = 10;

/**
 * One run of the assignment: reads all claims, decides, and writes. A row that was changed since it was
 * read refuses, and is left to the next run: a heartbeat that lands during the run saves its claim.
 */
export class AssignmentRun {
  private readonly plan: AssignmentPlan<InstanceRow>;
  private readonly stopwatch: Stopwatch;
  private readonly startMs: number;
  private readonly written: Record<Decision, number> = { expire: 0, repair: 0, assign: 0 };
  private readonly failures: unknown[] = [];

  constructor(private readonly options: AssignmentRunOptions) {
    this.stopwatch = new Stopwatch(options.clock);
    this.startMs = options.clock.now();
    this.plan = new AssignmentPlan(this.startMs);
  }

  /** @throws Error when not all claims could be read, or an answer to a write is unknown. */
  async run(): Promise<AssignmentReport> {
    for await (const rows of this.options.store.scan(
      INSTANCE_KIND,
      this.call('to read all claims'),
    )) {
      for (const row of rows) {
        this.plan.add(claimOf(row));
      }
    }
    await this.writeAll();
    if (this.failures.length > 0) {
      throw this.failed();
    }
    return {
      skipped: false,
      targets: this.plan.targets,
      instances: this.plan.instances,
      assigned: this.written.assign,
      expired: this.written.expire,
      durationMs: this.stopwatch.elapsedMs(),
    };
  }

  private async writeAll(): Promise<void> {
    const writes = this.plannedWrites();
    const worker = async (): Promise<void> => {
      for (const planned of writes) {
        await this.commit(planned);
        if (this.failures.length >= FAILURES_BEFORE_GIVING_UP) {
          return;
        }
      }
    };
    await Promise.all(Array.from({ length: CONCURRENT_COMMITS }, worker));
  }

  private *plannedWrites(): Generator<PlannedWrite> {
    for (const claim of this.plan.expired) {
      yield { decision: 'expire', claim, write: { type: 'delete', row: claim.row } };
    }
    for (const claim of this.plan.repairs) {
      yield { decision: 'repair', claim, write: changed(claim, lastUpdatedProperty(this.startMs)) };
    }
    for (const { claim, taskNum } of this.plan.assignments()) {
      yield { decision: 'assign', claim, write: changed(claim, taskNumProperty(taskNum)) };
    }
  }

  private async commit({ decision, claim, write }: PlannedWrite): Promise<void> {
    try {
      const answer = await this.options.store.commit(
        [write],
        this.call(`to ${decision} the claim "${claim.key}"`),
      );
      if (answer.applied) {
        this.written[decision]++;
      }
    } catch (error) {
      this.failures.push(error);
    }
  }

  private failed(): Error {
    const { expire, repair, assign } = this.written;
    return new AggregateError(
      this.failures,
      `Assigning task numbers failed for ${this.failures.length} claims (expired ${expire}, ` +
        `repaired ${repair}, assigned ${assign}); the next run goes on. First: ${String(this.failures[0])}`,
    );
  }

  private call(purpose: string): Call {
    return { purpose, deadlineMs: this.options.deadlineMs };
  }
}

function changed(claim: InstanceRow, changes: InstanceRow['row']['properties']): RowWrite {
  return {
    type: 'update',
    row: claim.row,
    properties: { ...claim.row.properties, ...changes },
  };
}
