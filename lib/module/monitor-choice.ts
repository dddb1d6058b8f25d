import type { Clock } from '../clock/clock.js';
import { nameOf } from '../log.js';
import { DebugMonitor } from '../monitors/debug/debug-monitor.js';
import type { Monitor } from '../monitors/monitor.js';
import type { Platform } from '../platform/platform.js';
import { outOfRange } from '../validation/option-errors.js';
import { withoutUndefined } from '../validation/schema.js';
import type { MonitorByName, MonitorOption } from '../options/tsmon-options.js';

/** The monitors in use, and the reason for the choice. */
export interface ChosenMonitors {
  /** The first monitor decides which cells count as accepted. */
  readonly monitors: readonly [Monitor, ...Monitor[]];
  readonly reason: string;
}

/**
 * Chooses the monitors: the given ones, or Cloud Monitoring on Google Cloud, or the log elsewhere. Loads only the monitors that are
 * used.
 *
 * @param given was checked. A list has at least one entry.
 * @param clock for the monitors that are created here. A monitor that the user created keeps its own clock.
 * @throws RangeError when task numbers expire too soon for one of the monitors.
 */
export async function chooseMonitors(
  given: readonly MonitorOption[] | undefined,
  platform: Platform,
  expirationSec: number,
  clock: Clock,
): Promise<ChosenMonitors> {
  const chosen = await Promise.all(
    given?.map(one => monitorOf(one, platform, clock)) ?? [defaultMonitor(platform, clock)],
  );
  chosen.forEach(monitor => checkExpiry(expirationSec, monitor));
  const [first, ...others] = chosen;
  return { monitors: [first!, ...others], reason: reasonFor(given, platform) };
}

async function defaultMonitor(platform: Platform, clock: Clock): Promise<Monitor> {
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

async function monitorOf(
  option: MonitorOption,
  platform: Platform,
  clock: Clock,
): Promise<Monitor> {
  if (isMonitor(option)) {
    return option;
  }
  if (option.cloudMonitoring) {
    return cloudMonitoring(option.cloudMonitoring, platform, clock);
  }
  if (option.prodx) {
    const { ProdXMonitor } = await import('../monitors/prodx/prodx-monitor.js');
    return new ProdXMonitor(option.prodx);
  }
  if (option.openTelemetry) {
    const { OpenTelemetryMonitor } =
      await import('../monitors/opentelemetry/opentelemetry-monitor.js');
    return new OpenTelemetryMonitor({
      ...option.openTelemetry,
      clock: option.openTelemetry.clock ?? clock,
    });
  }
  return new DebugMonitor(option.debug);
}

/** Adds the project and region of the platform, so that the monitor need not search for them. */
async function cloudMonitoring(
  options: MonitorByName['cloudMonitoring'],
  { projectId, region }: Platform,
  clock: Clock,
): Promise<Monitor> {
  const { CloudMonitoringMonitor } =
    await import('../monitors/cloud-monitoring/cloud-monitoring-monitor.js');
  return new CloudMonitoringMonitor({
    projectId,
    location: region,
    clock,
    ...withoutUndefined(options),
  });
}

/** Whether the option is a monitor, and not the name of one. */
function isMonitor(option: MonitorOption): option is Monitor {
  return 'send' in option;
}
