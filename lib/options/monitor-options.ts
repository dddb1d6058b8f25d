import { cloudMonitoringOptions } from '../monitors/cloud-monitoring/cloud-monitoring-options.js';
import { debugOptions } from '../monitors/debug/debug-options.js';
import type { Monitor } from '../monitors/monitor.js';
import { openTelemetryOptions } from '../monitors/opentelemetry/opentelemetry-options.js';
import { prodxOptions } from '../monitors/prodx/prodx-options.js';
import { outOfRange, pathOf, wrongType } from '../validation/option-errors.js';
import {
  array,
  boolean,
  integer,
  isFunction,
  isObject,
  object,
  optional,
  type Schema,
} from '../validation/schema.js';
import { MONITOR_NAMES, type MonitorByName, type MonitorOption } from './tsmon-options.js';

const WANTED = 'a Monitor, or the name of one with its options: { cloudMonitoring: {} }';
const chunkSize = integer({ min: 0 });
const shared = boolean({ default: false });

/** The rules for the options of each monitor that can be given by name. */
export const monitorByName = object({
  cloudMonitoring: optional(cloudMonitoringOptions),
  prodx: optional(prodxOptions),
  openTelemetry: optional(openTelemetryOptions),
  debug: optional(debugOptions),
});

const oneMonitor: Schema<MonitorOption> = {
  wanted: WANTED,
  check(given, path) {
    if (!isObject(given)) {
      throw wrongType(path, WANTED, given);
    }
    if (given.send !== undefined || given.close !== undefined) {
      checkMonitor(given, path);
      return given as object as Monitor;
    }
    checkMonitorByName(given, path);
    return given as MonitorByName;
  },
};

const severalMonitors = array(oneMonitor, {
  wanted: 'a Monitor, or a list with at least one',
  minLength: 1,
});

/** The rule for the option `monitor`. The setting is a list with at least one entry. */
export const monitorOption: Schema<readonly MonitorOption[]> = {
  wanted: WANTED,
  check: (given, path) =>
    Array.isArray(given) ? severalMonitors.check(given, path) : [oneMonitor.check(given, path)],
};

function checkMonitor(given: Readonly<Record<string, unknown>>, path: string): void {
  if (!isFunction(given.send) || !isFunction(given.close)) {
    throw wrongType(path, 'a Monitor, with the methods send() and close()', given);
  }
  chunkSize.check(given.chunkSize, pathOf(path, 'chunkSize'));
  shared.check(given.shared, pathOf(path, 'shared'));
}

function checkMonitorByName(given: Readonly<Record<string, unknown>>, path: string): void {
  const settings = monitorByName.check(given, path);
  if (MONITOR_NAMES.filter(name => settings[name] !== undefined).length !== 1) {
    throw outOfRange(path, `${WANTED}, with exactly one of ${MONITOR_NAMES.join(', ')}`, given);
  }
}
