import type { AppLayout } from './app-layout.js';
import type { MonitorName, PlatformName } from './schematic.js';

const AUDIENCE_AND_ACCOUNT = [
  '  const audience = process.env.TSMON_OIDC_AUDIENCE;',
  '  const account = process.env.TSMON_OIDC_SERVICE_ACCOUNT;',
];

const CLOSED_WITHOUT_VARIABLES = [
  '    housekeeping: {',
  '      // Cloud Scheduler calls the route of housekeeping as this account. Without',
  '      // the variables the route is closed.',
  '      auth:',
  '        audience && account',
  '          ? { oidc: { audience, serviceAccounts: [account] } }',
  "          : 'closed',",
  '    },',
];

const EXPORTER = "import { OTLPMetricExporter } from '@opentelemetry/exporter-metrics-otlp-proto';";

const MONITOR_LINES: Readonly<Record<MonitorName, readonly string[]>> = {
  auto: [],
  'cloud-monitoring': ['    monitor: { cloudMonitoring: {} },'],
  prodx: ["    monitor: { prodx: { endpoint: 'prodxmon-pa.googleapis.com:443' } },"],
  'open-telemetry': [
    '    monitor: {',
    '      openTelemetry: {',
    '        // Sends to http://localhost:4318, or to OTEL_EXPORTER_OTLP_ENDPOINT.',
    '        exporter: new OTLPMetricExporter({ timeoutMillis: 5000 }),',
    '      },',
    '    },',
  ],
  debug: ['    monitor: { debug: {} },'],
};

/**
 * @returns the text of a file that exports `tsmonOptions()`, or undefined if `TsmonModule.forRoot()` needs no options for
 * this platform and monitor.
 */
export function optionsFile(
  { name }: AppLayout,
  platform: PlatformName,
  monitor: MonitorName,
): string | undefined {
  const lines = [...platformLines(platform, name), ...MONITOR_LINES[monitor]];
  if (lines.length === 0) {
    return undefined;
  }
  return [
    ...(monitor === 'open-telemetry' ? [EXPORTER] : []),
    "import type { TsmonModuleOptions } from 'nestjs-tsmon';",
    '',
    '/** https://github.com/nestjs-tsmon/nestjs-tsmon/blob/main/docs/options.md */',
    'export function tsmonOptions(): TsmonModuleOptions {',
    ...(platform === 'cloud-run' ? AUDIENCE_AND_ACCOUNT : []),
    '  return {',
    ...lines,
    '  };',
    '}',
    '',
  ].join('\n');
}

function platformLines(platform: PlatformName, name: string): readonly string[] {
  if (platform === 'cloud-run') {
    return CLOSED_WITHOUT_VARIABLES;
  }
  return platform === 'gke' ? [`    target: { serviceName: '${name}', jobName: '${name}' },`] : [];
}
