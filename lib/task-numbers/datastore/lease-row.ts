import {
  timestampMs,
  timestampValue,
  unindexed,
  type ProtoProperties,
  type ProtoValue,
} from './proto.js';
import type { Row, RowPath } from './row-store.js';
import { workDoneOf, workDoneText, type WorkDone } from './work-done.js';

/** The path of the lease: one row for all target groups, of a kind that luci-go does not use. */
export const LEASE_PATH: RowPath = [{ kind: 'HousekeepingLease', name: 'lease' }];

/** The content of the lease row. Times are milliseconds since the epoch, by the clock of the process that wrote them. */
export interface LeaseState {
  /** The run that wrote the row last. */
  readonly runId: string;
  /** The claim key of the instance that runs it; empty if the instance has no claim. Only people read this. */
  readonly holder: string;
  /** Each commit of the run adds 1. */
  readonly step: number;
  /** Whether the run is still at work, as far as is known. */
  readonly held: boolean;
  readonly renewedMs: number;
  /** The time when a run over all claims finished last; 0 if there was none. */
  readonly finishedMs: number;
  /** The time when a claim may have expired, so that all must be read again; 0 means at once. */
  readonly scanDueMs: number;
  /** The latest time by which any run has judged claims. A number that was freed may be used from this time on. */
  readonly judgedMs: number;
  /** The counts of the last scan of all claims. */
  readonly targets: number;
  readonly instances: number;
  /** Other work that was done under the lease recently. */
  readonly workDone: readonly WorkDone[];
}

/** The state before the first run. */
export const NO_LEASE = leaseStateOf({ properties: {} });

/** The state after a run that may have removed claims without writing it down: all claims must be read again. */
export const NOTHING_KNOWN = { targets: 0, instances: 0, scanDueMs: 0 };

/** Reads the row, which any process may have written. Properties that it cannot understand are as before the first run. */
export function leaseStateOf({ properties }: Pick<Row, 'properties'>): LeaseState {
  const { run_id, holder, step, held, targets, instances, work_done } = properties;
  return {
    runId: run_id?.stringValue ?? '',
    holder: holder?.stringValue ?? '',
    step: count(step),
    held: held?.booleanValue === true,
    renewedMs: time(properties.renewed_at),
    finishedMs: time(properties.finished_at),
    scanDueMs: time(properties.scan_due_at),
    judgedMs: time(properties.judged_at),
    targets: count(targets),
    instances: count(instances),
    workDone: workDoneOf(work_done?.stringValue),
  };
}

/** Returns the properties of the row. None is indexed. */
export function leaseProperties(state: LeaseState): ProtoProperties {
  return {
    run_id: unindexed({ stringValue: state.runId }),
    holder: unindexed({ stringValue: state.holder }),
    step: unindexed({ integerValue: String(state.step) }),
    held: unindexed({ booleanValue: state.held }),
    renewed_at: timestampValue(state.renewedMs),
    finished_at: timestampValue(state.finishedMs),
    scan_due_at: timestampValue(state.scanDueMs),
    judged_at: timestampValue(state.judgedMs),
    targets: unindexed({ integerValue: String(state.targets) }),
    instances: unindexed({ integerValue: String(state.instances) }),
    work_done: unindexed({ stringValue: workDoneText(state.workDone) }),
  };
}

function count(value: ProtoValue | undefined): number {
  const number = Number(value?.integerValue ?? 0);
  return Number.isSafeInteger(number) && number >= 0 ? number : 0;
}

function time(value: ProtoValue | undefined): number {
  return value?.timestampValue ? timestampMs(value.timestampValue) : 0;
}
