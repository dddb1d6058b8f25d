import { execFileSync } from 'node:child_process';
import { availableParallelism } from 'node:os';

/**
 * Keeps this process, and those that it starts, on one core of a Linux machine. Client and servers then take turns,
 * and none wakes the other on another core, which costs more than what is measured here, and each time another sum.
 *
 * @returns false where that cannot be done.
 */
export function stayOnOneCore(): boolean {
  const lastCore = availableParallelism() - 1;
  try {
    execFileSync('taskset', ['-apc', String(lastCore), String(process.pid)], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}
