import type { Clock } from '../clock/clock.js';
import { nameOf } from '../log.js';
import { CloudMonitoringMonitor } from '../monitors/cloud-monitoring/cloud-monitoring-monitor.js';
import { DebugMonitor } from '../monitors/debug/debug-monitor.js';
import type { Monitor } from '../monitors/monitor.js';
import { OpenTelemetryMonitor } from '../monitors/opentelemetry/opentelemetry-monitor.js';
import { ProdXMonitor } from '../monitors/prodx/prodx-monitor.js';
import type { Platform } from '../platform/platform.js';
import { outOfRange } from '../validation/option-errors.js';
import { withoutUndefined } from '../validation/schema.js';
import type { MonitorByName, MonitorOption } from '../options/tsmon-options.js';

/** The monitors in use, and why these. */
export interface ChosenMonitors {
  /** The first decides what counts as accepted. */
  readonly monitors: readonly [Monitor, ...Monitor[]];
  readonly reason: string;
}

/**
 * Chooses the monitors: those given, else Cloud Monitoring where the process runs on Google Cloud, and the log
 * elsewhere.
 *
 * @param given as it was checked: a list has at least one entry.
 * @param clock for the monitors that are made here. One that is given keeps its own.
 * @throws RangeError where task numbers expire too soon for one of them.
 */
export function chooseMonitors(
  given: readonly MonitorOption[] | undefined,
  platform: Platform,
  expirationSec: number,
  clock: Clock,
): ChosenMonitors {
  const chosen = given
    ? given.map(one => monitorOf(one, platform, clock))
    : [defaultMonitor(platform, clock)];
  chosen.forEach(monitor => checkExpiry(expirationSec, monitor));
  const [first, ...others] = chosen;
  return { monitors: [first!, ...others], reason: reasonFor(given, platform) };
}

function defaultMonitor(platform: Platform, clock: Clock): Monitor {
  return platform.onGoogleCloud ? cloudMonitoring({}, platform, clock) : new DebugMonitor();
}

function reasonFor(given: unknown, { onGoogleCloud, name }: Platform): string {
  if (given) {
    return 'option monitor';
  }
  return onGoogleCloud ? `on ${name}` : 'not on Google Cloud, and no option monitor';
}

function checkExpiry(expirationSec: number, monitor: Monitor): void {
  const { leastExpirationSec = 0 } = monitor;
  if (expirationSec < leastExpirationSec) {
    const wanted = `at least ${leastExpirationSec} with ${nameOf(monitor)}`;
    throw outOfRange('taskNumbers.expirationSec', wanted, expirationSec);
  }
}

function monitorOf(option: MonitorOption, platform: Platform, clock: Clock): Monitor {
  if (isMonitor(option)) {
    return option;
  }
  if (option.cloudMonitoring) {
    return cloudMonitoring(option.cloudMonitoring, platform, clock);
  }
  if (option.prodx) {
    return new ProdXMonitor(option.prodx);
  }
  return option.openTelemetry
    ? new OpenTelemetryMonitor({
        ...option.openTelemetry,
        clock: option.openTelemetry.clock ?? clock,
      })
    : new DebugMonitor(option.debug);
}

/** What the platform knows need not be asked for. */
function cloudMonitoring(
  options: MonitorByName['cloudMonitoring'],
  { projectId, region }: Platform,
  clock: Clock,
): Monitor {
  return new CloudMonitoringMonitor({
    projectId,
    location: region,
    clock,
    ...withoutUndefined(options),
  });
}

/** Whether it is a monitor itself, not the name of one. */
function isMonitor(option: MonitorOption): option is Monitor {
  return 'send' in option;
}
