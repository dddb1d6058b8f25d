import { MAX_TASK_NUM } from '../../targets/task.js';
import { WAITING, type Claim } from '../claim.js';
import { DEFAULT_EXPIRATION_SEC, isExpirationSec } from '../expiration.js';
import type { ProtoProperties, ProtoTimestamp, ProtoValue } from './proto.js';
import type { Row, RowPath } from './row-store.js';

/**
 * The Datastore namespace of the claims. It is that of luci-go, whose instances can share it.
 *
 * @publicApi
 */
export const DATASTORE_NAMESPACE = 'ts_mon_instance_namespace';

/** The kind of the rows that are claims, which is that of luci-go. */
export const INSTANCE_KIND = 'Instance';

/** A claim and the row it was read from. */
export interface InstanceRow extends Claim {
  readonly row: Row;
}

/** Parts of the target group in front of the instance id, in the name of a key. */
const GROUP_PARTS = 4;

/** Where the row of a claim is. */
export function pathOf(key: string): RowPath {
  return [{ kind: INSTANCE_KIND, name: key }];
}

/** Reads a row that anybody may have written. What cannot be understood is taken for the safer meaning. */
export function claimOf(row: Row): InstanceRow {
  const { target, task_num, last_updated, expiration_sec } = row.properties;
  const key = nameOf(row.path);
  return {
    row,
    key,
    group: groupOf(key, target),
    taskNum: taskNumOf(task_num),
    lastUpdatedMs: timestampMs(last_updated?.timestampValue),
    expirationSec: expirationSecOf(expiration_sec),
  };
}

/**
 * The properties of a claim as we write it. A commit replaces the whole row, so properties of others
 * are carried over. Only a waiting claim is indexed, by its number: that makes "does anyone wait?" one
 * small query, and costs those that hold a number nothing.
 */
export function propertiesOf(
  claim: Omit<Claim, 'key'>,
  others: ProtoProperties = {},
): ProtoProperties {
  return {
    ...others,
    target: { stringValue: claim.group, excludeFromIndexes: true },
    task_num: {
      integerValue: String(claim.taskNum),
      excludeFromIndexes: claim.taskNum !== WAITING,
    },
    ...lastUpdatedProperty(claim.lastUpdatedMs ?? 0),
    expiration_sec: { integerValue: String(claim.expirationSec), excludeFromIndexes: true },
  };
}

/** `last_updated` alone, to lay over the properties of a row that is not ours. */
export function lastUpdatedProperty(ms: number): ProtoProperties {
  const seconds = Math.floor(ms / 1000);
  const nanos = Math.floor(ms - seconds * 1000) * 1_000_000;
  return { last_updated: { timestampValue: { seconds, nanos }, excludeFromIndexes: true } };
}

/** `task_num` of a number that is held. */
export function taskNumProperty(taskNum: number): ProtoProperties {
  return { task_num: { integerValue: String(taskNum), excludeFromIndexes: true } };
}

function nameOf(path: RowPath): string {
  const last = path.at(-1);
  return last?.name ?? `#${last?.id ?? ''}`;
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

function timestampMs(timestamp: ProtoTimestamp | undefined): number | undefined {
  if (!timestamp) {
    return undefined;
  }
  return Number(timestamp.seconds ?? 0) * 1000 + Number(timestamp.nanos ?? 0) / 1_000_000;
}

function expirationSecOf(value: ProtoValue | undefined): number {
  const expirationSec = Number(value?.integerValue ?? Number.NaN);
  return isExpirationSec(expirationSec) ? expirationSec : DEFAULT_EXPIRATION_SEC;
}
