import { randomUUID } from 'node:crypto';
import { nameOf } from '../log.js';
import type { Monitor } from '../monitors/monitor.js';
import { defaultTask, type Platform } from '../platform/platform.js';
import { ReservedTargets } from '../targets/reserved-targets.js';
import { Task } from '../targets/task.js';
import { datastoreReason } from './datastore-reason.js';
import type { ModuleSettings } from '../options/module-options.js';

interface Identity {
  /** The target, without a task number. */
  readonly task: Task;
  /** Different at each start, so that the row of an earlier start is not taken for the own row. */
  readonly instanceId: string;
  /** Targets that the application must not use with `withTarget()`. */
  readonly reservedTargets: ReservedTargets;
  readonly identityWarning: string | undefined;
}

/**
 * Decides the identity of this instance. Task numbers make the streams of instances unique, but numbers in memory do not: each
 * process has a number 0. If numbers are in memory by default and other processes send to the same monitor, the host name
 * contains the instance id, so that no two processes write into one stream (T0). An allocator in the options is the decision of
 * the user.
 */
export function identityOf(
  options: ModuleSettings,
  platform: Platform,
  monitors: readonly Monitor[],
): Identity {
  const task = options.target ?? defaultTask(platform);
  const instanceId = `${options.instanceId ?? platform.instanceId}-${randomUUID().slice(0, 8)}`;
  const sharesNumbers = options.allocator ?? datastoreReason(options, platform);
  const shared = monitors.filter(monitor => monitor.shared);
  if (sharesNumbers || shared.length === 0) {
    return {
      task,
      instanceId,
      reservedTargets: new ReservedTargets([task]),
      identityWarning: undefined,
    };
  }
  const ofInstance = withInstance(task, instanceId);
  return {
    task: ofInstance,
    instanceId,
    reservedTargets: new ReservedTargets([ofInstance, task]),
    identityWarning: warningFor(ofInstance, shared.map(nameOf)),
  };
}

/** Replaces "|", which an instance id may contain and a part of a task may not. */
function withInstance(task: Task, instanceId: string): Task {
  const { serviceName, jobName, dataCenter, hostName } = task;
  const instance = instanceId.replaceAll('|', '_');
  return new Task({
    serviceName,
    jobName,
    dataCenter,
    hostName: hostName === '' ? instance : `${hostName}-${instance}`,
  });
}

function warningFor({ hostName }: Task, monitors: readonly string[]): string {
  return (
    `Task numbers are in memory, where each process has a number 0, but other processes send to ${monitors.join(', ')}, too. ` +
    `So that their streams stay apart, this process reports with the host name ${JSON.stringify(hostName)}: each start makes a new set of streams, and each process reports global metrics. ` +
    'To share small numbers use Datastore: set the option datastore, or METADATA_SERVER_DETECTION=assume-present on GKE and Compute Engine. ' +
    'If this is the only process that reports as its target, set allocator: new InMemoryTaskNumAllocator().'
  );
}
