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
 * The Datastore namespace of the claims, the same as in luci-go, whose instances can share it.
 *
 * @publicApi
 */
export const DATASTORE_NAMESPACE = 'ts_mon_instance_namespace';

/** The kind of the rows that are claims, the same as in luci-go. */
export const INSTANCE_KIND = 'Instance';

/** A claim and the row it was read from. */
export interface InstanceRow extends Claim {
  readonly row: Row;
  /** Whether one of ours wrote it last: luci-go leaves the properties out that it does not know. */
  readonly isOurs: boolean;
  /** When housekeeping gave it its number, by the clock of that run; undefined where it did not say. */
  readonly assignedMs: number | undefined;
}

/** Parts of the target group in front of the instance id, in the name of a key. */
const GROUP_PARTS = 4;

/** Where the row of a claim is. */
export function pathOf(key: string): RowPath {
  return [{ kind: INSTANCE_KIND, name: key }];
}

/** Where all claims of a target group are, and none of another. */
export function rangeOf(group: string): RowRange {
  return { kind: INSTANCE_KIND, namePrefix: `${group}|` };
}

/** Reads a row that anybody may have written. What cannot be understood is taken for the safer meaning. */
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
 * The properties of a claim as its instance writes it. A commit replaces the whole row, so properties of others
 * are carried over. Indexed, by its number, is only a claim that housekeeping has to look at, since it waits or
 * was released: so "is there anything to do?" is one small query, and those that hold a number cost nothing.
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

/** The rows that carry the index: they ask for a run of housekeeping. */
export const UNSETTLED_CLAIMS: IndexedRows = {
  kind: INSTANCE_KIND,
  property: 'task_num',
  atLeast: WAITING,
};

/** The properties of a claim that its instance has given up. */
export function releasedProperties({ row, taskNum }: InstanceRow, agedMs: number): ProtoProperties {
  return {
    ...row.properties,
    task_num: { integerValue: String(taskNum), excludeFromIndexes: false },
    ...lastUpdatedProperty(agedMs),
    released: unindexed({ booleanValue: true }),
  };
}

/** The properties of a claim that housekeeping has given a number. A row of luci-go stays one. */
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

/** The properties of a claim whose last heartbeat is set to a time, and nothing else. */
export function repairedProperties({ row }: InstanceRow, lastUpdatedMs: number): ProtoProperties {
  return { ...row.properties, ...lastUpdatedProperty(lastUpdatedMs) };
}

function lastUpdatedProperty(ms: number): ProtoProperties {
  return { last_updated: timestampValue(ms) };
}

/** The property, as Go does; where it contradicts the key, which was made from it, the key. */
function groupOf(key: string, target: ProtoValue | undefined): string {
  if (target?.stringValue !== undefined && key.startsWith(`${target.stringValue}|`)) {
    return target.stringValue;
  }
  return key.split('|').slice(0, GROUP_PARTS).join('|');
}

/** A number that no instance can use is none: housekeeping gives its row another. */
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
