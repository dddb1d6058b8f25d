import type { Task } from './task.js';

/**
 * Tells the tasks of one job in one data center apart, in any monitor that names a sender by one text: `host/number`, the
 * number alone where the host is empty, `global` for the global target. T1 rests on it: a receiver takes what comes under
 * one id for one stream, and two versions of a service may hold the same number at the same time.
 */
export function taskId({ isGlobal, hostName, taskNum }: Task): string {
  if (isGlobal) {
    return 'global';
  }
  return hostName === '' ? String(taskNum) : `${hostName}/${taskNum}`;
}

/** Joins parts by `/` and keeps them apart: `a/b` and `c` are not `a` and `b/c`. */
export function joinedParts(parts: readonly (string | number | boolean)[]): string {
  return parts.map(part => String(part).replaceAll('%', '%25').replaceAll('/', '%2F')).join('/');
}
