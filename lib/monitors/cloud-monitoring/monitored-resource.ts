import { isDevice } from '../../targets/device.js';
import { joinedParts, taskId } from '../../targets/stream-identity.js';
import type { Target } from '../../targets/target.js';
import { isTask, type Task } from '../../targets/task.js';

/** The resource that a time series describes. */
interface MonitoredResource {
  readonly type: 'generic_task' | 'generic_node';
  readonly labels: Readonly<Record<string, string>>;
}

/** Names of regions and zones: `europe-west1`, `us-central1-a`, `us-east-1`. The API refuses other locations. */
const REGION = /^[a-z]+(-[a-z]+)+-?\d+(-?[a-z])?$/;

/**
 * The resource of a target. It contains every part of the target, so that different targets have different resources (T1).
 *
 * @param location used for targets whose data center or metro is not a region.
 */
export function resourceOf(target: Target, projectId: string, location: string): MonitoredResource {
  if (isTask(target)) {
    return taskResource(target, projectId, location);
  }
  if (isDevice(target)) {
    return node(
      projectId,
      isRegion(target.metro) ? target.metro : location,
      joinedParts([target.metro, target.role, target.hostgroup]),
      target.hostname,
    );
  }
  return node(projectId, location, target.type, target.key);
}

function taskResource(task: Task, projectId: string, location: string): MonitoredResource {
  const { dataCenter, serviceName, jobName } = task;
  const isLocated = isRegion(dataCenter);
  // No part of a task contains "|", so this id is never equal to the id of another task.
  const origin = isLocated || dataCenter === '' ? '' : `${dataCenter}|`;
  return {
    type: 'generic_task',
    labels: {
      project_id: projectId,
      location: isLocated ? dataCenter : location,
      namespace: serviceName,
      job: jobName,
      task_id: origin + taskId(task),
    },
  };
}

function node(
  projectId: string,
  location: string,
  namespace: string,
  nodeId: string,
): MonitoredResource {
  return {
    type: 'generic_node',
    labels: { project_id: projectId, location, namespace, node_id: nodeId },
  };
}

function isRegion(text: string): boolean {
  return REGION.test(text);
}
