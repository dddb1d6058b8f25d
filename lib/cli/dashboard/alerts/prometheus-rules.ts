import type { AlertRule } from './alert-rules.js';

/** Makes a file of alerting rules for Prometheus. It is JSON, so it is YAML too. */
export function prometheusRules(rules: readonly AlertRule[]) {
  return {
    groups: [
      {
        name: 'nestjs-tsmon',
        rules: rules.map(({ name, title, query, forSec, severity, text }) => ({
          alert: name,
          expr: query,
          for: `${forSec}s`,
          labels: { severity: severity.toLowerCase() },
          annotations: { summary: title, description: text },
        })),
      },
    ],
  };
}
