import { joinedParts, taskId } from '../../targets/stream-identity.js';
import type { Target } from '../../targets/target.js';
import { isTask, type Task } from '../../targets/task.js';
import type { OpenTelemetryAttributes, OpenTelemetryResource } from './opentelemetry-exporter.js';

/** The attributes that identify a stream. Options must not set them. */
export const IDENTITY_ATTRIBUTES = ['service.namespace', 'service.name', 'service.instance.id'];

/** The part of OpenTelemetry's resource that exporters use, without its package. */
export class Resource implements OpenTelemetryResource {
  readonly asyncAttributesPending = false;

  constructor(readonly attributes: OpenTelemetryAttributes) {}

  getRawAttributes(): [string, string | number | boolean][] {
    return Object.entries(this.attributes);
  }

  /** Merges the attributes of both. The attributes of `other` win. */
  merge(other: OpenTelemetryResource | null): Resource {
    return new Resource({ ...this.attributes, ...other?.attributes });
  }
}

/** @param common attributes of every resource, which the attributes of the target override. */
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

/** Describes a target of another class by its labels. The instance id contains all of them. */
function otherAttributes(target: Target): OpenTelemetryAttributes {
  const labels = Object.entries(target.labels());
  return {
    'service.name': target.type,
    'service.instance.id': joinedParts(labels.map(([, value]) => value)),
    ...Object.fromEntries(labels.map(([name, value]) => [`${target.type}.${name}`, value])),
  };
}
