import { CloudMonitoringMonitor } from './monitors/cloud-monitoring/cloud-monitoring-monitor.js';
import { DebugMonitor } from './monitors/debug/debug-monitor.js';
import type { Monitor } from './monitors/monitor.js';
import { OpenTelemetryMonitor } from './monitors/opentelemetry/opentelemetry-monitor.js';
import { ProdXMonitor } from './monitors/prodx/prodx-monitor.js';
import type { Platform } from './targets/platform.js';
import type { MonitorByName, MonitorOption } from './tsmon.options.js';

/** The monitors in use, and why these. */
export interface ChosenMonitors {
  /** The first decides what counts as accepted. */
  readonly monitors: readonly [Monitor, ...Monitor[]];
  readonly reason: string;
}

/** The names that the option `monitor` knows. */
export const MONITOR_NAMES = [
  'cloudMonitoring',
  'prodx',
  'openTelemetry',
  'debug',
] as const satisfies readonly (keyof MonitorByName)[];

/**
 * Chooses the monitors: those given, else Cloud Monitoring where the process runs on Google Cloud, and the log
 * elsewhere.
 *
 * @param given as it was checked: a list has at least one entry.
 */
export function chooseMonitors(
  given: readonly MonitorOption[] | undefined,
  platform: Platform,
): ChosenMonitors {
  if (given) {
    const [first, ...others] = given.map(one => monitorOf(one, platform));
    return { monitors: [first!, ...others], reason: 'option monitor' };
  }
  return platform.onGoogleCloud
    ? { monitors: [cloudMonitoring({}, platform)], reason: `on ${platform.name}` }
    : { monitors: [new DebugMonitor()], reason: 'not on Google Cloud, and no option monitor' };
}

function monitorOf(option: MonitorOption, platform: Platform): Monitor {
  if (isMonitor(option)) {
    return option;
  }
  if (option.cloudMonitoring) {
    return cloudMonitoring(option.cloudMonitoring, platform);
  }
  if (option.prodx) {
    return new ProdXMonitor(option.prodx);
  }
  return option.openTelemetry
    ? new OpenTelemetryMonitor(option.openTelemetry)
    : new DebugMonitor(option.debug);
}

/** What the platform knows need not be asked for. */
function cloudMonitoring(
  options: MonitorByName['cloudMonitoring'],
  { projectId, region }: Platform,
): Monitor {
  return new CloudMonitoringMonitor({ projectId, location: region, ...options });
}

/** Whether it is a monitor itself, not the name of one. */
export function isMonitor(option: MonitorOption): option is Monitor {
  return 'send' in option;
}
