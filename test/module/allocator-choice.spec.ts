import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { Datastore } from '@google-cloud/datastore';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Registry } from '../../lib/metrics/registry.js';
import type { Platform } from '../../lib/platform/platform.js';
import { DatastoreTaskNumAllocator } from '../../lib/task-numbers/datastore/datastore-task-num-allocator.js';
import { Task } from '../../lib/targets/task.js';
import { ManualClock } from '../../lib/testing/manual-clock.js';
import { FakeMonitor } from '../../lib/testing/fake-monitor.js';
import { compose } from '../../lib/module/composition.js';
import { until } from '../support/processes.js';
import { withAllPackages, withoutPackage } from '../support/missing-package.js';

vi.mock(import('../../lib/task-numbers/datastore/datastore-task-num-allocator.js'), { spy: true });

const PLATFORM: Platform = {
  name: 'cloud-run',
  onGoogleCloud: true,
  throttlesCpu: true,
  trustsAppEngineHeaders: false,
  service: 'web',
  version: 'v1',
  instanceId: 'i',
};
/** Enough of a client: nothing connects before it is used. */
const CLIENT = { options: {}, getProjectId: () => Promise.resolve('p') } as never;

describe('the allocator of Datastore', () => {
  beforeEach(() => vi.stubEnv('DATASTORE_EMULATOR_HOST', ''));
  afterEach(() => {
    vi.unstubAllEnvs();
    vi.clearAllMocks();
  });

  it('gets its options, and its own assignments are counted', async () => {
    const registry = new Registry();
    await compose(
      {
        registry,
        monitor: new FakeMonitor(),
        datastore: CLIENT,
        taskNumbers: { expirationSec: 600, selfAssign: true },
      },
      PLATFORM,
      new ManualClock(),
    );
    const [, options] = vi.mocked(DatastoreTaskNumAllocator).mock.calls[0]!;
    expect(options).toMatchObject({ expirationSec: 600, selfAssign: true });
    const report = { skipped: false, targets: 1, instances: 2, assigned: 2, durationMs: 1 };
    options?.onSelfAssignment?.({ ...report, expired: 3, released: 3 });
    const values = registry
      .instanceMetrics()
      .filter(({ name }) => name.startsWith('tsmon/instances/'))
      .map(metric => [metric.name, registry.store.open(metric).read({})]);
    expect(values).toEqual([
      ['tsmon/instances/assigned', 2],
      ['tsmon/instances/expired', undefined],
      ['tsmon/instances/released', 3],
    ]);
  });

  it('assigns nothing itself by default', async () => {
    const given = { registry: new Registry(), monitor: new FakeMonitor(), datastore: CLIENT };
    await compose(given, PLATFORM, new ManualClock());
    expect(vi.mocked(DatastoreTaskNumAllocator).mock.calls[0]![1]).toMatchObject({
      selfAssign: false,
    });
  });

  it('fails the start without its package, and says what to do', async () => {
    withoutPackage('@google-cloud/datastore');
    try {
      const lib = await import('../../lib/module/composition.js');
      const given = { registry: new Registry(), monitor: new FakeMonitor(), datastore: {} };
      await expect(lib.compose(given, PLATFORM, new ManualClock())).rejects.toThrow(
        'Task numbers from Datastore need a client: npm install @google-cloud/datastore, or set the option allocator.',
      );
    } finally {
      withAllPackages();
    }
  });

  it('connects no more when the application has ended, though Datastore does not answer', async () => {
    let connections = 0;
    const silent = createServer(() => connections++).listen(0, '127.0.0.1');
    await once(silent, 'listening');
    const { port } = silent.address() as AddressInfo;
    const client = new Datastore({ projectId: 'p', apiEndpoint: `127.0.0.1:${port}` });
    const { chosenAllocator } = await compose(
      { registry: new Registry(), monitor: new FakeMonitor(), datastore: client },
      PLATFORM,
      new ManualClock(),
    );
    const { allocator } = chosenAllocator;
    const task = new Task({ serviceName: 'shop', jobName: 'web' });
    const claim = allocator.notifyTaskIsAlive(task, 'i').catch((error: unknown) => error);
    await until('it has connected', () => connections > 0);
    const release = allocator.release(task, 'i').catch((error: unknown) => error);
    await chosenAllocator.close();
    expect(String(await claim)).toContain('The connection was closed.');
    expect(String(await release)).toContain('The application has ended.');
    expect(connections).toBe(1);
    silent.close();
  });
});
