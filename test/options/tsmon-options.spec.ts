import { describe, expect, it } from 'vitest';
import { Registry } from '../../lib/metrics/registry.js';
import { Task } from '../../lib/targets/task.js';
import { InMemoryTaskNumAllocator } from '../../lib/task-numbers/in-memory-task-num-allocator.js';
import { FakeMonitor } from '../../lib/testing/fake-monitor.js';
import { resolveOptions } from '../../lib/options/options-validation.js';
import type { TsmonModuleOptions } from '../../lib/options/tsmon-options.js';

describe('options', () => {
  it('all have defaults', () => {
    expect(resolveOptions({})).toMatchObject({
      target: undefined,
      instanceId: undefined,
      enabled: true,
      monitor: undefined,
      allocator: undefined,
      datastore: undefined,
      flush: { mode: undefined, intervalSec: 60, timeoutSec: 5, workers: 4 },
      expirationSec: 1800,
      heartbeatSec: 300,
      selfAssign: false,
      housekeeping: { cron: true, controller: true, auth: undefined },
      http: { enabled: true, ignore: [] },
      cellsPerMetric: 5000,
      shutdownTimeoutSec: 9,
      status: { enabled: false, auth: 'closed' },
      runtimeStats: true,
    });
  });

  it('are taken as they are given', () => {
    const monitor = new FakeMonitor();
    const allocator = new InMemoryTaskNumAllocator({ expirationSec: 60 });
    const registry = new Registry();
    const resolved = resolveOptions({
      target: { serviceName: 's', jobName: 'j' },
      monitor,
      allocator,
      registry,
      flush: { mode: 'background', intervalSec: 10, timeoutSec: 10, workers: 1 },
      housekeeping: { cron: false, controller: false, auth: 'none' },
    });
    expect(resolved.target).toEqual(new Task({ serviceName: 's', jobName: 'j' }));
    expect(resolved).toMatchObject({
      expirationSec: 60,
      heartbeatSec: 10,
      monitor: [monitor],
      allocator,
    });
    expect(resolved.registry).toBe(registry);
    expect(resolved.flush.mode).toBe('background');
    expect(resolveOptions({ taskNumbers: { selfAssign: true } }).selfAssign).toBe(true);
  });

  it.each<[unknown, string]>([
    ['fast', 'TsmonModule options must be an object, got "fast"'],
    [{ flushIntervalSec: 5 }, 'Unknown option "flushIntervalSec" in TsmonModule options; it has'],
    [{ enabled: 'false' }, 'enabled must be true or false, got "false"'],
    [{ target: 'me' }, 'target must be a Task, or its parts, got "me"'],
    [{ target: { serviceName: 'a|b', jobName: 'j' } }, '"a|b"'],
    [{ target: { jobName: 'j' } }, 'serviceName of a Task must be a string, got undefined'],
    [{ instanceId: '' }, 'instanceId must be a string that is not empty, got ""'],
    [
      { registry: {} },
      'registry must be a Registry: new Registry(), got an object of class Object',
    ],
    [
      { monitor: 'debug' },
      'monitor must be a Monitor, or the name of one with its options: { cloudMonitoring: {} }, got "debug"',
    ],
    [{ monitor: [] }, 'monitor must be a Monitor, or a list with at least one'],
    [{ monitor: [{ debug: {} }, 7] }, 'monitor[1] must be a Monitor, or the name of one'],
    [{ monitor: {} }, 'with exactly one of cloudMonitoring, prodx, openTelemetry, debug'],
    [{ monitor: { debug: {}, prodx: { endpoint: 'h:1' } } }, 'with exactly one of'],
    [{ monitor: { stackdriver: {} } }, 'Unknown option "stackdriver" in monitor; it has'],
    [{ monitor: { send: () => {}, chunkSize: 0 } }, 'monitor must be a Monitor, with the methods'],
    [
      { monitor: { send: () => {}, close: () => {} } },
      'monitor.chunkSize must be an integer from 0',
    ],
    [{ allocator: {} }, 'allocator must be an instance of a class that extends TaskNumAllocator'],
    [
      {
        allocator: new (class extends InMemoryTaskNumAllocator {
          override readonly expirationSec = Number.NaN;
        })(),
      },
      'allocator.expirationSec must be a number from 1 to 2592000, got NaN',
    ],
    [
      { datastore: 'localhost:8081' },
      'datastore must be a client of Datastore, or options for one',
    ],
    [{ flush: { mode: 'sometimes' } }, "flush.mode must be 'request', 'background' or 'both'"],
    [{ flush: { intervalSec: 0 } }, 'flush.intervalSec must be a number from 1 to 86400, got 0'],
    [
      { flush: { intervalSec: NaN } },
      'flush.intervalSec must be a number from 1 to 86400, got NaN',
    ],
    [
      { flush: { intervalSec: '60' } },
      'flush.intervalSec must be a number from 1 to 86400, got "60"',
    ],
    [{ flush: { timeoutSec: -1 } }, 'flush.timeoutSec must be a number from 0.1'],
    [{ flush: { timeoutSec: 61 } }, 'flush.timeoutSec is 61, and longer than flush.intervalSec'],
    [
      { flush: { intervalSec: 901 } },
      'flush.intervalSec is 901, and more than half of the expiry of task numbers',
    ],
    [{ flush: { workers: 1.5 } }, 'flush.workers must be an integer from 1 to 100, got 1.5'],
    [{ flush: { interval: 5 } }, 'Unknown option "interval" in flush; it has mode, intervalSec'],
    [{ taskNumbers: { expirationSec: 0 } }, 'taskNumbers.expirationSec must be an integer from 1'],
    [
      { taskNumbers: { heartbeatSec: 451 } },
      'taskNumbers.heartbeatSec must be a number from 0.01 to 450, got 451',
    ],
    [
      { allocator: new InMemoryTaskNumAllocator(), taskNumbers: { expirationSec: 60 } },
      'Leave taskNumbers.expirationSec out, and give it to the allocator',
    ],
    [{ taskNumbers: { selfAssign: 'yes' } }, 'taskNumbers.selfAssign must be true or false'],
    [
      { allocator: new InMemoryTaskNumAllocator(), taskNumbers: { selfAssign: false } },
      'Leave taskNumbers.selfAssign out, and give it to the allocator',
    ],
    [{ housekeeping: { cron: 1 } }, 'housekeeping.cron must be true or false, got 1'],
    [{ housekeeping: { auth: 'all' } }, "housekeeping.auth must be 'app-engine', 'none', 'closed'"],
    [{ housekeeping: { auth: { guard: {} } } }, 'with a guard of Nest'],
    [{ housekeeping: { auth: { oidc: {} } } }, 'housekeeping.auth.oidc.audience must be'],
    [{ status: { auth: { oidc: [] } } }, 'status.auth.oidc.audience must be'],
    [{ http: { ignores: [] } }, 'Unknown option "ignores" in http; it has enabled, ignore'],
    [{ limits: { cellsPerMetric: 0 } }, 'limits.cellsPerMetric must be an integer from 1'],
    [{ shutdown: { timeoutSec: Infinity } }, 'shutdown.timeoutSec must be a number from 0.1'],
    [{ status: true }, 'status must be an object, got true'],
    [{ status: { enabled: 'yes' } }, 'status.enabled must be true or false, got "yes"'],
    [{ status: { path: '/' } }, 'Unknown option "path" in status; it has enabled, auth'],
    [
      { status: { auth: 'app-engine' } },
      `status.auth must be 'none', 'closed', { oidc: { audience, serviceAccounts } } or { guard }, with a guard of Nest, got "app-engine"`,
    ],
    [{ status: { auth: { guard: null } } }, 'status.auth must be'],
    [{ runtimeStats: 0 }, 'runtimeStats must be true or false, got 0'],
  ])('%j is refused with the option, the value and the fix', (given, message) => {
    expect(() => resolveOptions(given as TsmonModuleOptions)).toThrow(message);
  });
});
