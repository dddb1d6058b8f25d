import {
  CloudMonitoringMonitor,
  isCloudMonitoringMonitor,
} from '../monitors/cloud-monitoring/cloud-monitoring-monitor.js';
import { DebugMonitor } from '../monitors/debug/debug-monitor.js';
import type { Monitor } from '../monitors/monitor.js';
import { OpenTelemetryMonitor } from '../monitors/opentelemetry/opentelemetry-monitor.js';
import { ProdXMonitor } from '../monitors/prodx/prodx-monitor.js';
import type { Platform } from '../platform/platform.js';
import { withoutUndefined } from '../validation/option-checks.js';
import { MONITOR_NAMES, type MonitorByName, type MonitorOption } from '../options/tsmon-options.js';
import { classNameOf } from '../log.js';

/** The monitors in use, and why these. */
export interface ChosenMonitors {
  /** The first decides what counts as accepted. */
  readonly monitors: readonly [Monitor, ...Monitor[]];
  readonly reason: string;
}

/**
 * Cloud Monitoring takes one point of a stream in 5 s, and ours may be dated 10 s ahead for that. With a shorter expiry
 * that could be the time of the number's next holder.
 */
const LEAST_EXPIRATION_SEC = 60;

/**
 * Chooses the monitors: those given, else Cloud Monitoring where the process runs on Google Cloud, and the log
 * elsewhere.
 *
 * @param given as it was checked: a list has at least one entry.
 * @throws RangeError where task numbers expire too soon for one of them.
 */
export function chooseMonitors(
  given: readonly MonitorOption[] | undefined,
  platform: Platform,
  expirationSec: number,
): ChosenMonitors {
  const chosen = given ? given.map(one => monitorOf(one, platform)) : [defaultMonitor(platform)];
  if (chosen.some(isCloudMonitoringMonitor)) {
    checkExpiry(expirationSec);
  }
  const [first, ...others] = chosen;
  return { monitors: [first!, ...others], reason: reasonFor(given, platform) };
}

/**
 * The names of the monitors to which other processes may send, too.
 *
 * @param given as for {@link chooseMonitors}.
 */
export function sharedMonitors(
  given: readonly MonitorOption[] | undefined,
  platform: Platform,
): string[] {
  if (!given) {
    return platform.onGoogleCloud ? [CloudMonitoringMonitor.name] : [];
  }
  return given.flatMap(one => (isMonitor(one) ? sharedMonitor(one) : sharedName(one)));
}

function sharedMonitor(monitor: Monitor): string[] {
  return monitor.shared ? [classNameOf(monitor)] : [];
}

function sharedName(option: MonitorByName): string[] {
  return MONITOR_NAMES.filter(name => name !== 'debug' && option[name] !== undefined);
}

function defaultMonitor(platform: Platform): Monitor {
  return platform.onGoogleCloud ? cloudMonitoring({}, platform) : new DebugMonitor();
}

function reasonFor(given: unknown, { onGoogleCloud, name }: Platform): string {
  if (given) {
    return 'option monitor';
  }
  return onGoogleCloud ? `on ${name}` : 'not on Google Cloud, and no option monitor';
}

function checkExpiry(expirationSec: number): void {
  if (expirationSec < LEAST_EXPIRATION_SEC) {
    throw new RangeError(
      `Option taskNumbers.expirationSec must be at least ${LEAST_EXPIRATION_SEC} with Cloud Monitoring, got ${expirationSec}.`,
    );
  }
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
  return new CloudMonitoringMonitor({
    projectId,
    location: region,
    ...withoutUndefined(options),
  });
}

/** Whether it is a monitor itself, not the name of one. */
function isMonitor(option: MonitorOption): option is Monitor {
  return 'send' in option;
}
