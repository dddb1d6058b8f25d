import { WAITS_FOR_NUMBER } from '../../../flush/number-wait.js';
import type { AlertRule } from './alert-rules.js';

const LOG_LINE = `textPayload:"${WAITS_FOR_NUMBER}" OR jsonPayload.message:"${WAITS_FOR_NUMBER}"`;
const LOG_LABELS = ['service_name', 'job_name', 'module_id', 'container_name'] as const;

/**
 * Makes an `AlertPolicy` of Cloud Monitoring for each rule, and one that reads the log: an instance without a number
 * sends no metrics.
 *
 * @param job the job whose log is read. Undefined for all.
 */
export function alertPolicies(rules: readonly AlertRule[], title: string, job: string | undefined) {
  return [...rules.map(rule => promqlPolicy(rule, title)), logPolicy(title, job)];
}

function promqlPolicy(
  { query, forSec, severity, text, title: condition }: AlertRule,
  title: string,
) {
  return {
    ...policy(`${title}: ${condition}`, text, severity),
    conditions: [
      {
        displayName: condition,
        conditionPrometheusQueryLanguage: {
          query,
          duration: `${forSec}s`,
          evaluationInterval: '60s',
          // The metric may not have been written yet.
          disableMetricValidation: true,
        },
      },
    ],
    alertStrategy: { autoClose: '1800s' },
  };
}

function logPolicy(title: string, job: string | undefined) {
  const condition = 'An instance has waited for minutes for a task number';
  return {
    ...policy(
      `${title}: ${condition}`,
      'The line of the log says which job assigns numbers, and what may be blocking it.',
      'WARNING',
    ),
    conditions: [
      {
        displayName: condition,
        conditionMatchedLog: {
          filter: [...filtersOf(job), `(${LOG_LINE})`].join(' AND '),
        },
      },
    ],
    alertStrategy: { notificationRateLimit: { period: '3600s' }, autoClose: '1800s' },
  };
}

/** The labels by which the platforms name what was deployed: Cloud Run, its jobs, App Engine, and containers of Kubernetes. */
function filtersOf(job: string | undefined): string[] {
  return job === undefined
    ? []
    : [
        `(${LOG_LABELS.map(label => `resource.labels.${label}=${JSON.stringify(job)}`).join(' OR ')})`,
      ];
}

function policy(displayName: string, content: string, severity: AlertRule['severity']) {
  return {
    displayName,
    documentation: { content, mimeType: 'text/markdown' },
    combiner: 'OR',
    enabled: true,
    severity,
  };
}
