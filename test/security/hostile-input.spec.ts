import { afterEach, describe, expect, it, vi } from 'vitest';
import { Registry, Task, withTarget } from '../../lib/entry/index.js';
import { HttpMetrics } from '../../lib/http/server/http-metrics.js';
import type { Cell } from '../../lib/store/cell.js';
import { storeOf } from '../../lib/store/in-memory-store.js';
import { cases } from '../support/cases.js';
import { SeededRandom } from '../support/seeded-random.js';
import { PLATFORMS } from '../support/test-app.js';
import { sendToEveryMonitor } from './every-monitor.js';
import { heapMegabytes } from '../support/heap.js';
import { CELLS_PER_METRIC, ROUTE_NAMES, startHostileApp, type HostileApp } from './hostile-app.js';
import { everyMetric, hostileTarget, trackedClass } from './hostile-metrics.js';
import { HostileRequests } from './hostile-requests.js';
import { HostileValues } from './hostile-values.js';
import { sendMalformed, sendRaw } from './raw-connection.js';

const VALUES = cases(90_000);
const REQUESTS_A_PLATFORM = cases(30_000);
const PIPELINED = 40;
const CONNECTIONS = 8;
const MALFORMED = cases(1000);
const LONG_AGENTS = cases(20);
const TIMEOUT_MS = 300_000;
const ONE_STREAM = /are one stream in Cloud Monitoring/;
/** On these pages a distribution has many lines. */
const MANY_LINES: ReadonlySet<string> = new Set(['debug text', 'prometheus']);

const instance = new Task({ serviceName: 'shop', jobName: 'web' });

const prototypes = (): unknown =>
  [Object, Array, Function, String, Map].map(({ prototype }) => Reflect.ownKeys(prototype));

function cellsOf(registry: Registry): Cell[] {
  return storeOf(registry).snapshot(registry.instanceMetrics(), instance);
}

const namesOf = (registry: Registry): string[] =>
  registry.instanceMetrics().map(({ name }) => name);

/** Each metric has its bound of cells, and each cell what its metric has declared. */
function expectSound(registry: Registry, cellsPerMetric: number): void {
  const cells = cellsOf(registry);
  const counts = new Map<string, number>();
  for (const { metric, fieldValues } of cells) {
    counts.set(metric.name, (counts.get(metric.name) ?? 0) + 1);
    const types = Object.values(metric.fields.types).map(type =>
      type === 'int' ? 'number' : type === 'bool' ? 'boolean' : 'string',
    );
    expect(fieldValues.map(value => typeof value)).toEqual(types);
  }
  expect(Math.max(...counts.values())).toBeLessThanOrEqual(cellsPerMetric);
}

/** Every monitor takes all of the cells. Cloud Monitoring has them cut, after which two may be one. */
async function expectSendable(registry: Registry): Promise<void> {
  const cells = cellsOf(registry);
  expect(cells.length).toBeGreaterThan(100);
  const outcomes = await sendToEveryMonitor(cells, storeOf(registry).timestamp());
  for (const [monitor, { arrived, rejected }] of Object.entries(outcomes)) {
    const reasons = rejected.map(({ reason }) => reason);
    expect([monitor, reasons.filter(reason => !ONE_STREAM.test(reason))]).toEqual([monitor, []]);
    const least = cells.length - rejected.length;
    const isAsMany = MANY_LINES.has(monitor) ? arrived >= least : arrived === least;
    expect([monitor, isAsMany]).toEqual([monitor, true]);
  }
}

afterEach(() => {
  vi.restoreAllMocks();
});

describe('hostile values', () => {
  it(
    `R1 R3 ${VALUES} values make no more cells than are allowed, and no metric`,
    async () => {
      const random = new SeededRandom(20_260);
      const values = new HostileValues(random);
      const registry = new Registry();
      const store = storeOf(registry);
      store.cellsPerMetric = CELLS_PER_METRIC;
      const metrics = everyMetric(registry);
      const tracked = trackedClass(registry, () => values.object(['q', 'n']));
      const http = new HttpMetrics(registry);
      const before = { prototypes: prototypes(), names: namesOf(registry) };
      const heap = await heapMegabytes();

      const thrown = new Set<string>();
      const attempt = (fn: () => unknown): void => {
        try {
          fn();
        } catch (error) {
          const { name, message } = error as Error;
          thrown.add(message.startsWith('evil') ? 'evil' : name);
        }
      };
      for (let i = 0; i < VALUES; i++) {
        const record = random.oneOf(metrics);
        const kind = random.below(6);
        if (kind === 0) {
          // Never throws: whatever the mapper does, the call goes on.
          expect(tracked.call()).toBe('called');
        } else if (kind === 1) {
          attempt(() =>
            withTarget(hostileTarget(random, values), () =>
              record(1, { text: 'a', n: 1, yes: true }),
            ),
          );
        } else if (kind === 2) {
          attempt(() => record(values.anything(), { text: 'a', n: 1, yes: true }));
        } else {
          attempt(() => record(1, values.object(['text', 'n', 'yes'])));
        }
      }
      for (let i = 0; i < 20; i++) {
        http.record({ status: 200, name: '', durationMs: 1, userAgent: 'u'.repeat(10 * 2 ** 20) });
      }

      expect([...thrown].toSorted()).toEqual(['RangeError', 'TypeError', 'evil']);
      expect(namesOf(registry)).toEqual(before.names);
      expect(prototypes()).toEqual(before.prototypes);
      expectSound(registry, CELLS_PER_METRIC);
      expect((await heapMegabytes()) - heap).toBeLessThan(60);
      await expectSendable(registry);
    },
    TIMEOUT_MS,
  );
});

describe.each(PLATFORMS)('hostile requests on %s', platform => {
  it(
    `${REQUESTS_A_PLATFORM} make no more cells than there are routes and statuses, no metric and no line in the log each`,
    async () => {
      const random = new SeededRandom(platform.length);
      const requests = new HostileRequests(random, new HostileValues(random));
      const hostile = await startHostileApp(platform);
      const { app, port, registry } = hostile;
      try {
        await expectAlive(port);
        const before = { prototypes: prototypes(), names: namesOf(registry) };
        const lines = hostile.log.length;
        await fire(hostile, requests, REQUESTS_A_PLATFORM / 4);
        const heap = await heapMegabytes();
        const answered = await fire(hostile, requests, (REQUESTS_A_PLATFORM * 3) / 4);

        await expectAlive(port);
        expect(namesOf(registry)).toEqual(before.names);
        expect(prototypes()).toEqual(before.prototypes);
        expectSound(registry, CELLS_PER_METRIC);
        expectKnownRoutes(registry, answered);
        expectEachOnce(hostile.log.slice(lines));
        expect((await heapMegabytes()) - heap).toBeLessThan(10);
        await expectSendable(registry);
      } finally {
        await app.close();
      }
    },
    TIMEOUT_MS,
  );

  it(
    'leave the application working: malformed ones, and 10 MB of user agent',
    async () => {
      const random = new SeededRandom(platform.length);
      const requests = new HostileRequests(random, new HostileValues(random));
      const hostile = await startHostileApp(platform);
      const { app, port, registry } = hostile;
      try {
        await expectAlive(port);
        const heap = await heapMegabytes();
        const lines = hostile.log.length;
        await inParallel(MALFORMED, () => sendMalformed(port, requests.malformed()));
        await inParallel(LONG_AGENTS, () =>
          sendRaw(port, [
            'GET /items/a HTTP/1.1\r\nHost: x\r\nUser-Agent: ',
            ...Array<string>(10).fill('u'.repeat(2 ** 20)),
            '\r\n\r\n',
          ]),
        );
        await expectAlive(port);
        expectKnownRoutes(registry, 0);
        expect(hostile.log.slice(lines)).toEqual([]);
        expect((await heapMegabytes()) - heap).toBeLessThan(20);
      } finally {
        await app.close();
      }
    },
    TIMEOUT_MS,
  );
});

/** @returns how many were answered: at least `count`. */
async function fire(
  { port }: HostileApp,
  requests: HostileRequests,
  count: number,
): Promise<number> {
  const answered: number[] = [];
  while (answered.length < count) {
    await inParallel(CONNECTIONS, async () => {
      const statuses = await sendRaw(port, [requests.pipeline(PIPELINED)]);
      expect(statuses.length).toBeGreaterThan(0);
      answered.push(...statuses);
    });
  }
  return answered.length;
}

/** As many times as that, a few at a time. */
async function inParallel(count: number, work: () => Promise<unknown>): Promise<void> {
  let begun = 0;
  const worker = async (): Promise<void> => {
    while (begun < count) {
      begun += 1;
      await work();
    }
  };
  await Promise.all(Array.from({ length: CONNECTIONS }, worker));
}

async function expectAlive(port: number): Promise<void> {
  const response = await fetch(`http://127.0.0.1:${port}/items/lamp`);
  expect([response.status, await response.text()]).toEqual([200, 'ok']);
}

/** The log may say that a metric is full, and that a mapper returns a value which is no field. */
function expectEachOnce(lines: readonly string[]): void {
  const full = (name: string): string =>
    `Metric "hostile/${name}" has ${CELLS_PER_METRIC} cells, and new ones are dropped.`;
  const certain = [
    '@TrackMetric() on HostileController.search could not record a call.',
    full('items'),
  ];
  // In few requests these may not become full.
  const possible = ['devices', 'search/count', 'search/durations'].map(full);
  const said = lines.map(line => line.replace(/(\.) .*/s, '$1'));
  expect(said).toEqual(expect.arrayContaining(certain));
  expect(said.filter(line => ![...certain, ...possible].includes(line))).toEqual([]);
  expect(new Set(said).size).toBe(said.length);
}

/** What HTTP metrics tell of requests, of which at least `count` were answered. */
function expectKnownRoutes(registry: Registry, count: number): void {
  const cells = cellsOf(registry).filter(({ metric }) => metric.name.startsWith('http/server_'));
  for (const { fieldValues } of cells) {
    const [status, name, isRobot] = fieldValues;
    expect(ROUTE_NAMES).toContain(name);
    expect(STATUSES).toContain(status);
    expect([true, false]).toContain(isRobot);
  }
  const total = cells
    .filter(({ metric }) => metric.name === 'http/server_response_status')
    .reduce((sum, { value }) => sum + (value as number), 0);
  expect(total).toBeGreaterThanOrEqual(count);
}

const STATUSES = [200, 201, 204, 400, 403, 404, 405, 408, 413, 414, 415, 417, 431, 499];
