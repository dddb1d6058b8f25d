import { OTLPMetricExporter } from '@opentelemetry/exporter-metrics-otlp-grpc';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type {
  OpenTelemetryExporter,
  OpenTelemetryExportResult,
  OpenTelemetryResourceMetrics,
} from '../../../lib/monitors/opentelemetry/opentelemetry-exporter.js';
import { OpenTelemetryMonitor } from '../../../lib/monitors/opentelemetry/opentelemetry-monitor.js';
import type { SeededRandom } from '../../support/seeded-random.js';
import { FakeExporter } from '../opentelemetry/fake-exporter.js';
import {
  attributesOf,
  startGrpcServer,
  type OtlpAnswer,
  type OtlpRequest,
  type OtlpServer,
} from '../opentelemetry/otlp-server.js';
import { cases } from '../../support/cases.js';
import { Arrivals, type ArrivingPoint } from './arrivals.js';
import { faultsInLives } from './lives.js';
import { nameOfCell, type RandomBackend, type Surroundings } from './random-life.js';

type Done = (result: OpenTelemetryExportResult) => void;

const REFUSED_BY_GRPC = [3, 5, 7, 8, 9, 11, 16];
const UNCLEAR_IN_GRPC = [1, 2, 4, 6, 10, 12, 13, 14, 15];
const REFUSED_BY_HTTP = [400, 401, 403, 404, 413, 429];
const UNCLEAR_IN_HTTP = [408, 409, 499, 500, 502, 503, 504];

function errorWith(code: unknown): Error {
  return Object.assign(new Error('it failed'), { code });
}

function someOf<T>(random: SeededRandom, items: readonly T[]): T[] {
  return items.filter(() => random.below(2) === 0);
}

function cellOf(metric: string, serviceName: unknown): string {
  return nameOfCell(metric, serviceName === 'device' ? 'device' : 'task');
}

/** The exporter is the backend. */
function connectFake({ random, clock, hang }: Surroundings): RandomBackend {
  const arrivals = new Arrivals();
  let isBehaving = false;
  const exporter = new FakeExporter();
  exporter.answer = (metrics, done) => {
    const points = pointsIn(metrics);
    const some = someOf(random, points);
    const fail = (error?: unknown): void => {
      arrivals.write(some);
      done({ code: 1, ...(error !== undefined && { error: error as Error }) });
    };
    const ways: (() => unknown)[] = [
      () => fail(),
      () => fail(new Error('no reason')),
      () => fail('a text'),
      () => fail(errorWith(random.oneOf([...UNCLEAR_IN_GRPC, ...UNCLEAR_IN_HTTP]))),
      () => fail(errorWith(random.oneOf(['ECONNRESET', 'EPIPE', {}, '403', null]))),
      () => {
        const code = random.oneOf([8, 7]);
        const made = code === 8 ? 'Received message larger than max' : 'Protocol not secure enough';
        fail(Object.assign(new Error(made), { code }));
      },
      () => done({ code: 1, error: errorWith(random.oneOf(REFUSED_BY_GRPC)) }),
      () => done({ code: 1, error: errorWith(random.oneOf(REFUSED_BY_HTTP)) }),
      () => done({ code: 1, error: errorWith(random.oneOf(['ECONNREFUSED', 'ENOTFOUND'])) }),
      () => {
        // An attempt that was perhaps written, and after a pause one that was refused.
        clock.advance(800);
        fail(errorWith(random.oneOf(REFUSED_BY_HTTP)));
      },
      () => {
        arrivals.write(some);
        done({ code: 0, error: errorWith(403) });
      },
      () => {
        arrivals.write(some);
        done(random.oneOf([undefined, null, {}, { code: 2 }, { code: '1' }]) as never);
      },
      () => {
        arrivals.write(some);
        throw new Error('broken');
      },
      () => {
        arrivals.write(some);
        return Promise.reject(new Error('broken'));
      },
      () => {
        arrivals.write(some);
        hang();
      },
    ];
    if (isBehaving || random.below(3) === 0) {
      arrivals.write(points);
      done({ code: 0 });
      return undefined;
    }
    return random.oneOf(ways)();
  };
  return {
    monitor: new OpenTelemetryMonitor({ exporter: exporterOf(exporter), clock, concurrency: 1 }),
    arrivals,
    behave: () => {
      isBehaving = true;
    },
  };
}

/** Gives back what the answer gives back, which may be a promise that is rejected. */
function exporterOf(fake: FakeExporter): OpenTelemetryExporter {
  return {
    export: (metrics: OpenTelemetryResourceMetrics, done: Done) => fake.answer(metrics, done),
    forceFlush: () => fake.forceFlush(),
    shutdown: () => fake.shutdown(),
  };
}

function pointsIn({ resource, scopeMetrics }: OpenTelemetryResourceMetrics): ArrivingPoint[] {
  const { attributes } = resource;
  return scopeMetrics
    .flatMap(({ metrics }) => metrics)
    .flatMap(({ descriptor, dataPoints }) =>
      dataPoints.map(({ startTime, endTime, value }) => ({
        cell: cellOf(descriptor.name, attributes['service.name']),
        stream: `${String(attributes['service.instance.id'])} ${startTime.join('.')}`,
        endTime: endTime[0] * 1e6 + endTime[1] / 1000,
        value: value as number,
      })),
    );
}

let server: OtlpServer;
let exporter: OTLPMetricExporter;

beforeAll(async () => {
  server = await startGrpcServer();
  exporter = new OTLPMetricExporter({ url: server.url });
});

afterAll(async () => {
  server.judge = () => ({});
  await server.stop();
  await exporter.shutdown();
});

/** OpenTelemetry's exporter of OTLP by gRPC, and a server. */
function connectGrpc({ random, hang }: Surroundings): RandomBackend {
  const arrivals = new Arrivals();
  let isBehaving = false;
  server.judge = request => {
    const points = pointsReceived(request);
    if (isBehaving || random.below(2) === 0) {
      arrivals.write(points);
      return {};
    }
    return random.oneOf<() => OtlpAnswer>([
      () => ({ code: random.oneOf(REFUSED_BY_GRPC), message: 'No.' }),
      () => {
        arrivals.write(someOf(random, points));
        return { code: random.oneOf(UNCLEAR_IN_GRPC), message: 'Perhaps.' };
      },
      () => {
        arrivals.write(someOf(random, points));
        hang();
        return { after: new Promise(resolve => setTimeout(resolve, 50)), code: 7 };
      },
    ])();
  };
  return {
    monitor: new OpenTelemetryMonitor({ exporter, concurrency: 1 }),
    arrivals,
    behave: () => {
      isBehaving = true;
    },
  };
}

function pointsReceived({ resourceMetrics }: OtlpRequest): ArrivingPoint[] {
  return resourceMetrics.flatMap(({ resource, scopeMetrics }) => {
    const attributes = attributesOf(resource.attributes);
    return scopeMetrics
      .flatMap(({ metrics }) => metrics)
      .flatMap(({ name, sum }) =>
        sum!.dataPoints.map(point => ({
          cell: cellOf(name, attributes['service.name']),
          stream: `${String(attributes['service.instance.id'])} ${point.startTimeUnixNano}`,
          endTime: Number(point.timeUnixNano) / 1000,
          value: Number(point.asInt),
        })),
      );
  });
}

describe("F7 whatever OpenTelemetry's exporter answers", () => {
  it('nothing is lost, and what arrives twice is counted in tsmon/unknown_sends', async () => {
    expect(await faultsInLives(cases(150), connectFake)).toEqual([]);
  }, 60_000);

  it('the same over a server of OTLP by gRPC', async () => {
    expect(await faultsInLives(cases(40), connectGrpc)).toEqual([]);
  }, 60_000);
});
