import type { Task } from './task.js';

/**
 * Identifies a task among the tasks of one job in one data center, for monitors that name a sender by one text:
 * `host/number`, the number alone if the host is empty, `global` for the global target. T1 depends on this id: a receiver
 * takes all points with the same id for one stream, and two versions of a service may hold the same number at one time.
 */
export function taskId({ isGlobal, hostName, taskNum }: Task): string {
  if (isGlobal) {
    return 'global';
  }
  return hostName === '' ? String(taskNum) : `${hostName}/${taskNum}`;
}

/** Joins parts by `/`, escaped so that different parts give different texts: `a/b` and `c`, or `a` and `b/c`. */
export function joinedParts(parts: readonly (string | number | boolean)[]): string {
  return parts.map(part => String(part).replaceAll('%', '%25').replaceAll('/', '%2F')).join('/');
}
