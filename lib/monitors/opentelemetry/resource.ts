import { joinedParts, taskId } from '../../targets/stream-identity.js';
import type { Target } from '../../targets/target.js';
import { isTask, type Task } from '../../targets/task.js';
import type { OpenTelemetryAttributes, OpenTelemetryResource } from './opentelemetry-exporter.js';

/** The attributes that tell streams apart: an option must not set them. */
export const IDENTITY_ATTRIBUTES = ['service.namespace', 'service.name', 'service.instance.id'];

/** What exporters use of a resource of OpenTelemetry, without its package. */
export class Resource implements OpenTelemetryResource {
  readonly asyncAttributesPending = false;

  constructor(readonly attributes: OpenTelemetryAttributes) {}

  getRawAttributes(): [string, string | number | boolean][] {
    return Object.entries(this.attributes);
  }

  /** The attributes of both; those of `other` win. */
  merge(other: OpenTelemetryResource | null): Resource {
    return new Resource({ ...this.attributes, ...other?.attributes });
  }
}

/** @param common attributes of every resource, where the target itself says nothing else. */
export function resourceOf(target: Target, common: OpenTelemetryAttributes): Resource {
  const own = isTask(target) ? taskAttributes(target) : otherAttributes(target);
  const known = Object.entries(own).filter(([, value]) => value !== '');
  return new Resource({ ...common, ...Object.fromEntries(known) });
}

function taskAttributes(task: Task): OpenTelemetryAttributes {
  return {
    'service.namespace': task.serviceName,
    'service.name': task.jobName,
    'service.instance.id': taskId(task),
    'cloud.region': task.dataCenter,
    'host.name': task.hostName,
  };
}

/** A target of another class is known by its labels only: the instance id holds all of them. */
function otherAttributes(target: Target): OpenTelemetryAttributes {
  const labels = Object.entries(target.labels());
  return {
    'service.name': target.type,
    'service.instance.id': joinedParts(labels.map(([, value]) => value)),
    ...Object.fromEntries(labels.map(([name, value]) => [`${target.type}.${name}`, value])),
  };
}
