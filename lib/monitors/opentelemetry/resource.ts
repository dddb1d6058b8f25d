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
    'service.instance.id': instanceId(task),
    'cloud.region': task.dataCenter,
    'host.name': task.hostName,
  };
}

/** Every part of a target that no other attribute holds: two versions may run under one number. */
function instanceId({ isGlobal, hostName, taskNum }: Task): string {
  if (isGlobal) {
    return 'global';
  }
  return hostName === '' ? String(taskNum) : `${hostName}/${taskNum}`;
}

/** Of a target of another shape only its labels are known: the instance id holds them all. */
function otherAttributes(target: Target): OpenTelemetryAttributes {
  const labels = Object.entries(target.labels());
  return {
    'service.name': target.type,
    'service.instance.id': labels.map(([, value]) => escaped(value)).join('/'),
    ...Object.fromEntries(labels.map(([name, value]) => [`${target.type}.${name}`, value])),
  };
}

/** Keeps the parts apart: `a/b` and `c` are not `a` and `b/c`. */
function escaped(part: string | number | boolean): string {
  return String(part).replaceAll('%', '%25').replaceAll('/', '%2F');
}
