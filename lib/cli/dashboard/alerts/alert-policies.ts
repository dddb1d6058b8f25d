import { WAITS_FOR_NUMBER } from '../../../flush/number-wait.js';
import type { AlertRule } from './alert-rules.js';

/**
 * Makes an `AlertPolicy` of Cloud Monitoring for each rule, and one that reads the log: an instance without a number
 * sends no metrics.
 */
export function alertPolicies(rules: readonly AlertRule[], title: string) {
  return [...rules.map(rule => promqlPolicy(rule, title)), logPolicy(title)];
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

function logPolicy(title: string) {
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
          filter: `textPayload:"${WAITS_FOR_NUMBER}" OR jsonPayload.message:"${WAITS_FOR_NUMBER}"`,
        },
      },
    ],
    alertStrategy: { notificationRateLimit: { period: '3600s' }, autoClose: '1800s' },
  };
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
