import { MAX_TASK_NUM } from '../../targets/task.js';
import { WAITING, type Claim } from '../claim.js';
import { DEFAULT_EXPIRATION_SEC, isExpirationSec } from '../expiration.js';
import {
  nameOf,
  timestampMs,
  timestampValue,
  unindexed,
  type ProtoProperties,
  type ProtoValue,
} from './proto.js';
import type { IndexedRows, Row, RowPath, RowRange } from './row-store.js';

/**
 * The Datastore namespace of the claims. It is the same as in luci-go, so that instances of luci-go can share it.
 *
 * @publicApi
 */
export const DATASTORE_NAMESPACE = 'ts_mon_instance_namespace';

/** The kind of the rows that are claims, the same as in luci-go. */
export const INSTANCE_KIND = 'Instance';

/** A claim, and the row that it was read from. */
export interface InstanceRow extends Claim {
  readonly row: Row;
  /** Whether this library wrote the row last: luci-go drops properties that it does not know. */
  readonly isOurs: boolean;
  /** The time when the number was assigned, by the clock of that run; undefined if the run did not write it. */
  readonly assignedMs: number | undefined;
}

/** The number of parts before the instance id in the name of a key. They are the target group. */
const GROUP_PARTS = 4;

/** Returns the path of a claim's row. */
export function pathOf(key: string): RowPath {
  return [{ kind: INSTANCE_KIND, name: key }];
}

/** Returns the range of all rows of a target group. */
export function rangeOf(group: string): RowRange {
  return { kind: INSTANCE_KIND, namePrefix: `${group}|` };
}

/** Reads a row that any process may have written. Takes the safer meaning of properties that it cannot understand. */
export function claimOf(row: Row): InstanceRow {
  const { target, task_num, last_updated, expiration_sec, assigned_at, released } = row.properties;
  const key = nameOf(row.path);
  return {
    row,
    key,
    group: groupOf(key, target),
    taskNum: taskNumOf(task_num),
    lastUpdatedMs: timeOf(last_updated),
    expirationSec: expirationSecOf(expiration_sec),
    released: released?.booleanValue === true,
    isOurs: expiration_sec !== undefined,
    assignedMs: timeOf(assigned_at),
  };
}

/**
 * Returns the properties that an instance writes. A commit replaces the whole row, so properties of other writers are
 * copied. The number is indexed only if housekeeping has to look at the claim, because it waits or was released. So one
 * small query tells whether there is anything to do, and claims that hold a number need no index entries.
 */
export function propertiesOf(
  claim: Omit<Claim, 'key'>,
  others: ProtoProperties = {},
): ProtoProperties {
  return {
    ...others,
    target: unindexed({ stringValue: claim.group }),
    task_num: {
      integerValue: String(claim.taskNum),
      excludeFromIndexes: claim.taskNum !== WAITING,
    },
    ...lastUpdatedProperty(claim.lastUpdatedMs ?? 0),
    expiration_sec: unindexed({ integerValue: String(claim.expirationSec) }),
  };
}

/** The rows with an indexed number: waiting and released claims, which need a run of housekeeping. */
export const UNSETTLED_CLAIMS: IndexedRows = {
  kind: INSTANCE_KIND,
  property: 'task_num',
  atLeast: WAITING,
};

/** Returns the properties of a claim that its instance releases. */
export function releasedProperties({ row, taskNum }: InstanceRow, agedMs: number): ProtoProperties {
  return {
    ...row.properties,
    task_num: { integerValue: String(taskNum), excludeFromIndexes: false },
    ...lastUpdatedProperty(agedMs),
    released: unindexed({ booleanValue: true }),
  };
}

/** Returns the properties of a claim with its new number. A row of luci-go gets no properties of ours. */
export function assignedProperties(
  { row, isOurs }: InstanceRow,
  taskNum: number,
  assignedMs: number,
): ProtoProperties {
  return {
    ...row.properties,
    task_num: unindexed({ integerValue: String(taskNum) }),
    ...(isOurs ? { assigned_at: timestampValue(assignedMs) } : {}),
  };
}

/** Returns the properties of a claim with another last heartbeat. */
export function repairedProperties({ row }: InstanceRow, lastUpdatedMs: number): ProtoProperties {
  return { ...row.properties, ...lastUpdatedProperty(lastUpdatedMs) };
}

function lastUpdatedProperty(ms: number): ProtoProperties {
  return { last_updated: timestampValue(ms) };
}

/** Reads the target group from the property, like luci-go. If the property contradicts the key, reads it from the key. */
function groupOf(key: string, target: ProtoValue | undefined): string {
  if (target?.stringValue !== undefined && key.startsWith(`${target.stringValue}|`)) {
    return target.stringValue;
  }
  return key.split('|').slice(0, GROUP_PARTS).join('|');
}

/** Reads the number. If no instance could use it, the claim counts as waiting, and housekeeping assigns another. */
function taskNumOf(value: ProtoValue | undefined): number {
  const taskNum = Number(value?.integerValue ?? Number.NaN);
  return taskNum >= 0 && taskNum <= MAX_TASK_NUM ? taskNum : WAITING;
}

function timeOf(value: ProtoValue | undefined): number | undefined {
  return value?.timestampValue ? timestampMs(value.timestampValue) : undefined;
}

function expirationSecOf(value: ProtoValue | undefined): number {
  const expirationSec = Number(value?.integerValue ?? Number.NaN);
  return isExpirationSec(expirationSec) ? expirationSec : DEFAULT_EXPIRATION_SEC;
}
