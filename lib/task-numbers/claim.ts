import type { Task } from '../targets/task.js';

/** The task number of a claim that waits for one. */
export const WAITING = -1;

/** After release a claim lives on for this long, so that what is still on its way arrives under its own number. */
const RELEASE_GRACE_MS = 60_000;

/** The greatest difference between two clocks that is allowed for. */
export const MAX_SKEW_MS = 15 * 60_000;

/** Datastore's limit on the name in a key. */
const MAX_KEY_BYTES = 1500;

/** The claim of one instance, wherever it is kept. */
export interface Claim {
  /** Unique among all claims: target group and instance id. */
  readonly key: string;
  /** The target group inside which numbers are unique. */
  readonly group: string;
  /** The number held, or {@link WAITING}. */
  readonly taskNum: number;
  /** The last heartbeat, in milliseconds since the epoch; undefined where it cannot be read. */
  readonly lastUpdatedMs: number | undefined;
  /** What this claim itself says about its expiry. */
  readonly expirationSec: number;
  /** Whether its instance has given it up: it is never given a number again. */
  readonly released?: boolean;
}

/**
 * The key of an instance's claim.
 *
 * @throws TypeError when the instance id is not a string with something in it, RangeError when Datastore
 * could not store the key.
 */
export function claimKey(task: Task, instanceId: string): string {
  if (typeof instanceId !== 'string' || instanceId === '') {
    throw new TypeError(`instanceId must be a string that is not empty, got ${shown(instanceId)}.`);
  }
  const key = `${task.group}|${instanceId}`;
  const bytes = Buffer.byteLength(key);
  if (bytes > MAX_KEY_BYTES) {
    throw new RangeError(
      `The claim key "<dataCenter>|<serviceName>|<jobName>|<hostName>|<instanceId>" must not be longer than ` +
        `${MAX_KEY_BYTES} bytes, and is ${bytes}: shorten the parts of the target or the instanceId. It begins ${shown(key.slice(0, 80))}.`,
    );
  }
  if (key.startsWith('__') && key.endsWith('__')) {
    throw new RangeError(
      `The claim key ${shown(key)} begins and ends with "__", which Datastore keeps for itself: change the dataCenter or the instanceId.`,
    );
  }
  return key;
}

/** The time that a heartbeat writes. It always differs from the last one: a write that changes nothing gets no new version. */
export function heartbeatMs(nowMs: number, lastUpdatedMs: number | undefined): number {
  const now = Math.floor(nowMs);
  return lastUpdatedMs === undefined ? now : Math.max(now, Math.floor(lastUpdatedMs) + 1);
}

/** A time that another clock has written, unless it is so far ahead that the clock must have been wrong. */
export function believableMs(writtenMs: number, nowMs: number): number {
  return writtenMs <= nowMs + MAX_SKEW_MS ? writtenMs : Number.NEGATIVE_INFINITY;
}

/**
 * The time that a release writes. The claim then expires one minute after the latest end time that its instance sent;
 * where that is not known, one minute from now, and never later than it would have without the release.
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
 * @throws RangeError when it is not a whole number of microseconds: a claim that is aged wrongly frees its number too soon.
 */
export function assertEndTime(latestEndTime: number | undefined): void {
  if (latestEndTime !== undefined && !Number.isSafeInteger(latestEndTime)) {
    throw new RangeError(
      `latestEndTime of release() must be whole microseconds since the epoch, as Monitor.send() gets them, got ${shown(latestEndTime)}. Leave it out where nothing was sent.`,
    );
  }
}

/** The error of a heartbeat that comes after its release. */
export function releasedError(key: string): Error {
  return new Error(
    `The claim ${shown(key)} was released: its instance must send nothing more. ` +
      'An instance that starts again needs a new instanceId.',
  );
}

function shown(value: unknown): string {
  return typeof value === 'string' ? JSON.stringify(value) : String(value);
}
