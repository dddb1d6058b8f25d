import { Metadata, type sendUnaryData } from '@grpc/grpc-js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ProdXMonitor } from '../../../lib/monitors/prodx/prodx-monitor.js';
import { reply, type Collection, type Message } from '../prodx/messages.js';
import { ProdXServer } from '../prodx/prodx-server.js';
import { cases } from '../../support/cases.js';
import { Arrivals, type ArrivingPoint } from './arrivals.js';
import { faultsInLives } from './lives.js';
import { nameOfCell, type RandomBackend, type Surroundings } from './random-life.js';

const REFUSALS = [3, 5, 7, 8, 9, 11, 16];
const UNCLEAR = [1, 2, 4, 6, 10, 12, 13, 14, 15];
const REFUSALS_OF_CALLER = [7, 16];
const OTHERS_IN_REPLIES = [1, 2, 3, 5, 8, 9, 13, 14, -1];

let server: ProdXServer;
const monitors: ProdXMonitor[] = [];

beforeAll(async () => {
  server = await ProdXServer.start();
});

afterAll(async () => {
  await Promise.all(monitors.map(monitor => monitor.close()));
  server.stop();
});

function connect({ random, hang }: Surroundings): RandomBackend {
  const arrivals = new Arrivals();
  let isBehaving = false;
  server.answer = callback => {
    const points = server.received.splice(0).flatMap(({ collections }) => pointsIn(collections));
    const perhaps = (answer: () => void): void => {
      arrivals.write(points.filter(() => random.below(2) === 0));
      answer();
    };
    if (isBehaving || random.below(3) === 0) {
      arrivals.write(points);
      callback(null, random.oneOf([reply(), reply({ code: 0, message: 'fine' })]));
      return;
    }
    random.oneOf([
      () => fail(callback, random.oneOf(REFUSALS)),
      () => callback(null, reply({ code: random.oneOf(REFUSALS_OF_CALLER), message: 'No.' })),
      () => perhaps(() => fail(callback, random.oneOf(UNCLEAR))),
      () => perhaps(() => fail(callback, 8, 'Received message larger than max (9 vs 8)')),
      () => perhaps(() => callback(null, reply({ code: random.oneOf(OTHERS_IN_REPLIES) }))),
      () => perhaps(() => callback(null, Buffer.from(random.oneOf(['garbage', '\n\u007f'])))),
      () => perhaps(hang),
    ])();
  };
  const monitor = new ProdXMonitor({ endpoint: server.endpoint, insecure: true });
  monitors.push(monitor);
  return {
    monitor,
    arrivals,
    behave: () => {
      isBehaving = true;
    },
  };
}

function fail(callback: sendUnaryData<Buffer>, code: number, details = 'No.'): void {
  callback({ code, details, metadata: new Metadata() });
}

function pointsIn(collections: readonly Collection[]): ArrivingPoint[] {
  return collections.flatMap(({ root_labels, metrics_data_set }) => {
    const isTask = root_labels.some(({ key }) => key === 'task_num');
    const labels = JSON.stringify(root_labels);
    return metrics_data_set.flatMap(({ metric_name, data }) =>
      data.map(({ int64_value, start_timestamp, end_timestamp }) => ({
        cell: nameOfCell(metric_name.replace('/chrome/infra/', ''), isTask ? 'task' : 'device'),
        stream: `${labels} ${JSON.stringify(start_timestamp)}`,
        endTime: microsOf(end_timestamp as Message),
        value: Number(int64_value),
      })),
    );
  });
}

function microsOf({ seconds, nanos }: Message): number {
  return Number(seconds) * 1e6 + Number(nanos ?? 0) / 1000;
}

describe('F7 whatever ProdX answers', () => {
  it('nothing is lost, and what arrives twice is counted in tsmon/unknown_sends', async () => {
    expect(await faultsInLives(cases(100), connect)).toEqual([]);
  }, 120_000);
});
