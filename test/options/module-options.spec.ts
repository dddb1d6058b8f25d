import { describe, expect, it } from 'vitest';
import { Registry } from '../../lib/metrics/registry.js';
import { Task } from '../../lib/targets/task.js';
import { InMemoryTaskNumAllocator } from '../../lib/task-numbers/in-memory-task-num-allocator.js';
import { FakeMonitor } from '../../lib/testing/fake-monitor.js';
import { checkedModuleOptions } from '../../lib/options/module-options.js';
import type { TsmonModuleOptions } from '../../lib/options/tsmon-options.js';

describe('options', () => {
  it('all have defaults', () => {
    expect(checkedModuleOptions({})).toMatchObject({
      target: undefined,
      instanceId: undefined,
      enabled: true,
      monitor: undefined,
      allocator: undefined,
      datastore: undefined,
      flush: { mode: undefined, intervalSec: 60, timeoutSec: 5, workers: 4, quietSec: 240 },
      taskNumbers: { expirationSec: 1800, heartbeatSec: 300, selfAssign: false },
      housekeeping: { cron: true, controller: true, auth: undefined },
      http: { enabled: true, ignore: [] },
      limits: { cellsPerMetric: 5000 },
      shutdown: { timeoutSec: 9 },
      status: { enabled: false, auth: 'closed' },
      runtimeStats: true,
    });
  });

  it('are taken as they are given', () => {
    const monitor = new FakeMonitor();
    const allocator = new InMemoryTaskNumAllocator({ expirationSec: 60 });
    const registry = new Registry();
    const settings = checkedModuleOptions({
      target: { serviceName: 's', jobName: 'j' },
      monitor,
      allocator,
      registry,
      flush: { mode: 'background', intervalSec: 10, timeoutSec: 10, workers: 1 },
      housekeeping: { cron: false, controller: false, auth: 'none' },
    });
    expect(settings.target).toEqual(new Task({ serviceName: 's', jobName: 'j' }));
    expect(settings).toMatchObject({
      taskNumbers: { expirationSec: 60, heartbeatSec: 10 },
      monitor: [monitor],
      allocator,
    });
    expect(settings.registry).toBe(registry);
    expect(settings.flush.mode).toBe('background');
    expect(checkedModuleOptions({ taskNumbers: { selfAssign: true } }).taskNumbers.selfAssign).toBe(
      true,
    );
  });

  it.each<[unknown, string]>([
    ['fast', 'TsmonModule options must be an object, got "fast".'],
    [{ flushIntervalSec: 5 }, 'Unknown option "flushIntervalSec" in TsmonModule options; it has'],
    [{ enabled: 'false' }, 'Option enabled must be true or false, got "false".'],
    [{ target: 'me' }, 'Option target must be a Task, or its parts, got "me".'],
    [{ target: { jobName: 'j' } }, 'Option target.serviceName must be a string, '],
    [{ target: { host: 'h' } }, 'Unknown option "host" in target; it has serviceName, jobName'],
    [
      { registry: {} },
      'Option registry must be a Registry: new Registry(), got an object of class Object.',
    ],
    [
      { monitor: 'debug' },
      'Option monitor must be a Monitor, or the name of one with its options: { cloudMonitoring: {} }, got "debug".',
    ],
    [{ monitor: [{ debug: {} }, 7] }, 'Option monitor[1] must be a Monitor, or the name of one'],
    [{ monitor: { stackdriver: {} } }, 'Unknown option "stackdriver" in monitor; it has'],
    [
      { monitor: { send: () => {}, chunkSize: 0 } },
      'Option monitor must be a Monitor, with the methods send() and close(), got an object',
    ],
    [
      { monitor: { send: () => {}, close: () => {} } },
      'Option monitor.chunkSize must be an integer of at least 0, got undefined.',
    ],
    [
      { monitor: { cloudMonitoring: { projectId: 42 } } },
      'Option monitor.cloudMonitoring.projectId must be a string, an id or number like "my-shop", got 42.',
    ],
    [
      { monitor: [{ debug: {} }, { prodx: {} }] },
      'Option monitor[1].prodx.endpoint must be a string, "host:port", without "https://", got undefined.',
    ],
    [
      { monitor: { openTelemetry: { exporter: {} } } },
      'Option monitor.openTelemetry.exporter must be an exporter of OpenTelemetry',
    ],
    [
      { allocator: {} },
      'Option allocator must be an instance of a class that extends TaskNumAllocator',
    ],
    [
      { datastore: 'localhost:8081' },
      'Option datastore must be a client of Datastore, or options for one, got a value that is not shown',
    ],
    [
      { datastore: { apiEndpoint: 8081 } },
      'Option datastore.apiEndpoint must be a string, got 8081.',
    ],
    [{ flush: { intervalSec: '60' } }, 'flush.intervalSec must be a number from 1 to 86400'],
    [{ flush: { interval: 5 } }, 'Unknown option "interval" in flush; it has mode, intervalSec'],
    [{ settings: {} }, 'Option settings must be a function that returns { enabled, flush }'],
    [{ taskNumbers: { selfAssign: 'yes' } }, 'taskNumbers.selfAssign must be true or false'],
    [{ housekeeping: { cron: 1 } }, 'Option housekeeping.cron must be true or false, got 1.'],
    [{ housekeeping: { auth: { guard: {} } } }, 'Option housekeeping.auth.guard must be a guard'],
    [{ housekeeping: { auth: { oidc: {} } } }, 'Option housekeeping.auth.oidc.audience must be'],
    [{ status: { auth: { oidc: [] } } }, 'Option status.auth.oidc must be an object, got [].'],
    [{ http: { ignores: [] } }, 'Unknown option "ignores" in http; it has enabled, ignore'],
    [{ http: [] }, 'Option http must be an object, got [].'],
    [{ status: true }, 'Option status must be an object, got true.'],
    [
      { status: { path: '/' } },
      'Unknown option "path" in status; it has enabled, auth, dollarsPerMebibyte.',
    ],
    [{ runtimeStats: 0 }, 'Option runtimeStats must be true or false, got 0.'],
  ])('%j is a TypeError with the option, the value and the fix', (given, message) => {
    const check = (): unknown => checkedModuleOptions(given as TsmonModuleOptions);
    expect(check).toThrow(TypeError);
    expect(check).toThrow(message);
  });

  it.each<[unknown, string]>([
    [{ target: { serviceName: 'a|b', jobName: 'j' } }, 'Option target.serviceName must be without'],
    [{ instanceId: '' }, 'Option instanceId must be a string that is not empty, got "".'],
    [{ monitor: [] }, 'Option monitor must be a Monitor, or a list with at least one, got [].'],
    [{ monitor: {} }, 'with exactly one of cloudMonitoring, prodx, openTelemetry, debug'],
    [{ monitor: { debug: {}, prodx: { endpoint: 'h:1' } } }, 'with exactly one of'],
    [
      { monitor: { debug: { format: 'xml' } } },
      "Option monitor.debug.format must be 'text' or 'json', got \"xml\".",
    ],
    [
      {
        allocator: new (class extends InMemoryTaskNumAllocator {
          override readonly expirationSec = Number.NaN;
        })(),
      },
      'Option allocator.expirationSec must be a number from 1 to 2592000, got NaN.',
    ],
    [{ flush: { mode: 'sometimes' } }, "flush.mode must be 'request', 'background' or 'both', got"],
    [{ flush: { intervalSec: 0 } }, 'flush.intervalSec must be a number from 1 to 86400, got 0'],
    [{ flush: { intervalSec: NaN } }, 'must be a number from 1 to 86400, got NaN'],
    [{ flush: { timeoutSec: -1 } }, 'Option flush.timeoutSec must be a number from 0.1 to 86400'],
    [
      { flush: { timeoutSec: 61 } },
      'Option flush.timeoutSec must be at most 60, the value of flush.intervalSec, got 61.',
    ],
    [
      { flush: { intervalSec: 901 } },
      'Option flush.intervalSec must be at most 900, half of expirationSec (1800), got 901.',
    ],
    [{ flush: { workers: 1.5 } }, 'flush.workers must be an integer from 1 to 100, got 1.5'],
    [{ taskNumbers: { expirationSec: 0 } }, 'taskNumbers.expirationSec must be an integer from 1'],
    [
      { taskNumbers: { heartbeatSec: 900 } },
      'Option taskNumbers.heartbeatSec must be at most 450, a quarter of expirationSec (1800), got 900.',
    ],
    [
      { allocator: new InMemoryTaskNumAllocator(), taskNumbers: { expirationSec: 60 } },
      'Option taskNumbers.expirationSec must be left out beside the option allocator, which has its own, got 60.',
    ],
    [
      { allocator: new InMemoryTaskNumAllocator(), taskNumbers: { selfAssign: false } },
      'Option taskNumbers.selfAssign must be left out beside the option allocator',
    ],
    [{ housekeeping: { auth: 'all' } }, "housekeeping.auth must be 'app-engine', 'none', 'closed'"],
    [{ limits: { cellsPerMetric: 0 } }, 'limits.cellsPerMetric must be an integer from 1'],
    [{ shutdown: { timeoutSec: Infinity } }, 'shutdown.timeoutSec must be a number from 0.1'],
    [
      { status: { auth: 'app-engine' } },
      `Option status.auth must be 'none', 'closed', { oidc: { audience, serviceAccounts } } or { guard }, with a guard of Nest, got "app-engine".`,
    ],
    [{ status: { auth: {} } }, 'Option status.auth must be'],
    [
      { datastore: { apiKey: 'k', credentials: { client_email: 'e' } } },
      'Option datastore must be options with apiKey or with credentials, got',
    ],
  ])('%j is a RangeError with the option, the value and the bound', (given, message) => {
    const check = (): unknown => checkedModuleOptions(given as TsmonModuleOptions);
    expect(check).toThrow(RangeError);
    expect(check).toThrow(message);
  });
});
