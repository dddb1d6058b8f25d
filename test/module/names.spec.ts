import { Logger } from '@nestjs/common';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { CloudMonitoringMonitor } from '../../lib/entry/cloud-monitoring.js';
import {
  DatastoreTaskNumAllocator,
  DebugMonitor,
  InMemoryTaskNumAllocator,
  TaskNumAllocator,
  type AssignmentReport,
} from '../../lib/entry/index.js';
import { OpenTelemetryMonitor } from '../../lib/entry/opentelemetry.js';
import { ProdXMonitor } from '../../lib/entry/prodx.js';
import { nameOf } from '../../lib/log.js';
import { StatusReader } from '../../lib/status/status-reader.js';
import { FakeMonitor } from '../../lib/testing/fake-monitor.js';
import { closeAppsAfterEach, ownOptions, startWith } from '../complaints/app.js';

const CLIENT = { options: {}, getProjectId: () => Promise.resolve('p') } as never;
const EXPORTER = { export() {}, forceFlush: async () => {}, shutdown: async () => {} };

/** An allocator of an application, which keeps its claims in another one. */
class Wrapper extends TaskNumAllocator {
  override readonly name = 'numbers of the shop';
  override readonly inProcess = true;
  private readonly inner = new InMemoryTaskNumAllocator();

  get expirationSec(): number {
    return this.inner.expirationSec;
  }
  notifyTaskIsAlive(...args: Parameters<TaskNumAllocator['notifyTaskIsAlive']>): Promise<number> {
    return this.inner.notifyTaskIsAlive(...args);
  }
  assignTaskNumbers(): Promise<AssignmentReport> {
    return this.inner.assignTaskNumbers();
  }
  release(...args: Parameters<TaskNumAllocator['release']>): Promise<void> {
    return this.inner.release(...args);
  }
}

describe('the name of a monitor or an allocator', () => {
  closeAppsAfterEach();
  afterEach(() => {
    vi.restoreAllMocks();
  });

  // A bundler may change the name of each class, as the classes here have.
  it.each([
    ['CloudMonitoringMonitor', new (class a extends CloudMonitoringMonitor {})()],
    ['DebugMonitor', new (class a extends DebugMonitor {})()],
    ['OpenTelemetryMonitor', new (class a extends OpenTelemetryMonitor {})({ exporter: EXPORTER })],
    ['ProdXMonitor', new (class a extends ProdXMonitor {})({ endpoint: 'prodx.example.com:443' })],
    ['FakeMonitor', new (class a extends FakeMonitor {})()],
    ['InMemoryTaskNumAllocator', new (class a extends InMemoryTaskNumAllocator {})()],
    ['DatastoreTaskNumAllocator', new (class a extends DatastoreTaskNumAllocator {})(CLIENT)],
  ])('of this library is %s, whatever its class is called', (name, backend) => {
    expect(nameOf(backend)).toBe(name);
  });

  it('is the name of its class if it has none, or one that is no string', () => {
    class Kafka {
      declare readonly name?: string;
    }
    expect(nameOf(new Kafka())).toBe('Kafka');
    expect(nameOf(Object.assign(new Kafka(), { name: '' }))).toBe('Kafka');
    expect(nameOf(Object.assign(new Kafka(), { name: 5 as never }))).toBe('Kafka');
  });

  it('is in the log and in the status', async () => {
    const lines = vi.spyOn(Logger.prototype, 'log').mockReturnValue(undefined);
    const monitor = Object.assign(new FakeMonitor(), { name: 'Kafka of the shop' });
    const { app } = await startWith({ ...ownOptions(), monitor, allocator: new Wrapper() });
    expect(lines.mock.calls.flat()).toContainEqual(
      expect.stringMatching(
        /are sent to Kafka of the shop \(.*task numbers from numbers of the shop/,
      ),
    );
    expect(app.get(StatusReader).status().setup).toMatchObject({
      monitors: ['Kafka of the shop'],
      allocator: 'numbers of the shop',
    });
  });
});

describe('an allocator with claims in this process alone', () => {
  closeAppsAfterEach();

  it('assigns the first number at the start, whatever its class', async () => {
    const { service } = await startWith({ ...ownOptions(), allocator: new Wrapper() });
    expect((await service.flush()).outcome).toBe('sent');
  });
});
