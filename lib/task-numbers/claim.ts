import type { Task } from '../targets/task.js';
import { shown } from '../validation/shown.js';
import { string } from '../validation/schema.js';

/** The task number of a waiting claim. */
export const WAITING = -1;

/** A released claim lives on for this long, so that points that are still in flight arrive before the number is reused. */
const RELEASE_GRACE_MS = 60_000;

/** The greatest difference between two clocks that is tolerated. */
export const MAX_SKEW_MS = 15 * 60_000;

/** Datastore's limit on the name in a key. */
const MAX_KEY_BYTES = 1500;

/** The option `instanceId`, which the methods of an allocator take too. */
export const instanceIdOption = string();

/** The claim of one instance, in Datastore or in memory. */
export interface Claim {
  /** Unique among all claims: target group and instance id. */
  readonly key: string;
  /** The target group inside which numbers are unique. */
  readonly group: string;
  /** The number held, or {@link WAITING}. */
  readonly taskNum: number;
  /** The last heartbeat, in milliseconds since the epoch; undefined if it cannot be read. */
  readonly lastUpdatedMs: number | undefined;
  /** The expiry that the claim carries. */
  readonly expirationSec: number;
  /** Whether the instance has released the claim. A released claim never gets a number again. */
  readonly released?: boolean;
}

/**
 * Returns the key of an instance's claim.
 *
 * @throws TypeError when the instance id is not a string; RangeError when it is empty, or when Datastore cannot store the
 * key.
 */
export function claimKey(task: Task, instanceId: string): string {
  instanceIdOption.check(instanceId, 'instanceId');
  const key = `${task.group}|${instanceId}`;
  const bytes = Buffer.byteLength(key);
  if (bytes > MAX_KEY_BYTES) {
    throw new RangeError(
      `The claim key "<dataCenter>|<serviceName>|<jobName>|<hostName>|<instanceId>" must have at most ` +
        `${MAX_KEY_BYTES} bytes, got ${bytes}: shorten the parts of the target or the instanceId. The key begins with ${shown(key.slice(0, 80))}.`,
    );
  }
  if (key.startsWith('__') && key.endsWith('__')) {
    throw new RangeError(
      `The claim key ${shown(key)} must not begin and end with "__", which Datastore reserves: change the dataCenter or the instanceId.`,
    );
  }
  return key;
}

/**
 * Returns the time that a heartbeat writes. The time always differs from the last one: a write that changes nothing gives
 * the row no new version.
 */
export function heartbeatMs(nowMs: number, lastUpdatedMs: number | undefined): number {
  const now = Math.floor(nowMs);
  return lastUpdatedMs === undefined ? now : Math.max(now, Math.floor(lastUpdatedMs) + 1);
}

/** Returns a time that another clock has written, or minus infinity if it is so far ahead that the clock must be wrong. */
export function believableMs(writtenMs: number, nowMs: number): number {
  return writtenMs <= nowMs + MAX_SKEW_MS ? writtenMs : Number.NEGATIVE_INFINITY;
}

/**
 * Returns the time that a release writes. The claim then expires one minute after the latest end time that its instance
 * sent. If that time is not known, the claim expires one minute from now, but never later than without the release.
 *
 * @param latestEndTime microseconds since the epoch.
 */
export function releasedMs(
  claim: Pick<Claim, 'lastUpdatedMs' | 'expirationSec'>,
  latestEndTime: number | undefined,
  nowMs: number,
): number {
  const afterMs = RELEASE_GRACE_MS - claim.expirationSec * 1000;
  if (latestEndTime !== undefined) {
    return Math.ceil(latestEndTime / 1000) + afterMs;
  }
  const agedMs = Math.floor(nowMs) + afterMs;
  return Math.min(agedMs, claim.lastUpdatedMs ?? agedMs);
}

/**
 * Checks the latest end time that a release is given.
 *
 * @throws RangeError when it is not a whole number of microseconds: a wrong time could free the number too soon.
 */
export function assertEndTime(latestEndTime: number | undefined): void {
  if (latestEndTime !== undefined && !Number.isSafeInteger(latestEndTime)) {
    throw new RangeError(
      `latestEndTime of release() must be whole microseconds since the epoch, like endTime of Monitor.send(), got ${shown(latestEndTime)}. Leave it out if nothing was sent.`,
    );
  }
}

/** Makes the error of a heartbeat that comes after the release of its claim. */
export function releasedError(key: string): Error {
  return new Error(
    `The claim ${shown(key)} was released: its instance must not send anything any more. ` +
      'An instance that starts again needs a new instanceId.',
  );
}
