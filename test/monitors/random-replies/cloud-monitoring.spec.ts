import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { Logger } from '@nestjs/common';
import { CloudMonitoringMonitor } from '../../../lib/monitors/cloud-monitoring/cloud-monitoring-monitor.js';
import type { SeededRandom } from '../../support/seeded-random.js';
import { microsOf, streamOf, type ReceivedSeries } from '../cloud-monitoring/series-rules.js';
import { cases } from '../../support/cases.js';
import { Arrivals, type ArrivingPoint } from './arrivals.js';
import { faultsInLives } from './lives.js';
import { randomCloudReply, type CloudReply } from './random-cloud-replies.js';
import { nameOfCell, type RandomBackend, type Surroundings } from './random-life.js';

let server: Server;
let take: (request: IncomingMessage, response: ServerResponse) => Promise<void>;

beforeAll(async () => {
  vi.spyOn(Logger.prototype, 'warn').mockImplementation(() => undefined);
  vi.spyOn(Logger.prototype, 'error').mockImplementation(() => undefined);
  vi.spyOn(Logger.prototype, 'log').mockImplementation(() => undefined);
  server = createServer((request, response) => {
    take(request, response).catch((error: unknown) => response.destroy(error as Error));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
});

afterAll(async () => {
  vi.restoreAllMocks();
  server.closeAllConnections();
  server.close();
  await once(server, 'close');
});

function connect({ random, hang }: Surroundings): RandomBackend {
  const arrivals = new Arrivals();
  let isBehaving = false;
  take = async (request, response) => {
    const { timeSeries } = JSON.parse(String(await buffer(request))) as {
      timeSeries: ReceivedSeries[];
    };
    const reply = isBehaving ? undefined : randomCloudReply(random, timeSeries.length);
    arrivals.write(timeSeries.filter((_, i) => reply?.written(i) ?? true).map(pointOf));
    answer(response, reply, hang);
  };
  const monitor = new CloudMonitoringMonitor({
    projectId: 'my-shop',
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    auth: { getRequestHeaders: () => token(isBehaving ? undefined : random) },
  });
  return {
    monitor,
    arrivals,
    behave: () => {
      isBehaving = true;
    },
  };
}

function token(random: SeededRandom | undefined): Promise<Record<string, string>> {
  return random?.below(20) === 0
    ? Promise.reject(new Error('no token'))
    : Promise.resolve({ authorization: 'Bearer x' });
}

function answer(response: ServerResponse, reply: CloudReply | undefined, hang: () => void): void {
  if (reply?.answer === 'hang') {
    hang();
  } else if (reply?.answer === 'hang up') {
    response.destroy();
  } else {
    const { status, body } = reply?.answer ?? { status: 200, body: {} };
    response.statusCode = status;
    response.end(typeof body === 'string' ? body : JSON.stringify(body));
  }
}

function pointOf(series: ReceivedSeries): ArrivingPoint {
  const { metric, resource, points } = series;
  const { interval, value } = points[0];
  const name = metric.type.replace('custom.googleapis.com/', '');
  return {
    cell: nameOfCell(name, resource.type === 'generic_task' ? 'task' : 'device'),
    stream: `${streamOf(series)} ${interval.startTime}`,
    endTime: microsOf(interval.endTime),
    value: Number(value.int64Value),
  };
}

describe('F7 whatever Cloud Monitoring answers', () => {
  it('nothing is lost, and what arrives twice is counted in tsmon/unknown_sends', async () => {
    expect(await faultsInLives(cases(300), connect)).toEqual([]);
  }, 120_000);
});
