import {
  labelKeyOf,
  metricTypeOf,
  STRING_LABEL,
} from '../../../monitors/cloud-monitoring/metric-mapping.js';
import { resourceOf } from '../../../monitors/cloud-monitoring/monitored-resource.js';
import { ucum } from '../../../monitors/ucum.js';
import { Task } from '../../../targets/task.js';
import type { ChosenTargets, SeriesNames } from './series-names.js';

const RESOURCE = resourceOf(new Task({ serviceName: '', jobName: '' }), '', '');

/**
 * The names that metrics of Cloud Monitoring have in PromQL.
 *
 * @param prefix the option `metricTypePrefix` of the monitor.
 */
export function cloudMonitoringNames(
  prefix: string,
  { service, job, project }: ChosenTargets,
): SeriesNames {
  const labelOf = (field: string): string => {
    const key = labelKeyOf(field);
    // A label of the resource has the name first.
    return Object.hasOwn(RESOURCE.labels, key) ? `metric_${key}` : key.replace(/\W/g, '_');
  };
  return {
    nameOf: metric =>
      metricTypeOf(metric, prefix)
        .replace('/', ':')
        .replace(/[^\w:]/g, '_'),
    labelOf: (_, field) => labelOf(field),
    textLabelOf: () => labelOf(STRING_LABEL),
    unitOf: ({ units, origin }) => origin?.unit ?? ucum(units),
    targetLabels: [
      { label: 'project_id', title: 'Project', value: project },
      { label: 'namespace', title: 'Service', value: service },
      { label: 'job', title: 'Job', value: job },
    ],
    matchers: [`monitored_resource="${RESOURCE.type}"`],
    window: '10m',
  };
}
