// Two instances of one service, as WAYS starts them, each of which sends one flush by OTLP to OTLP_URL.
import 'reflect-metadata';
import { fork } from 'node:child_process';
import cluster from 'node:cluster';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { isMainThread, Worker } from 'node:worker_threads';
import { NestFactory } from '@nestjs/core';
import { Counter, TsmonModule, TsmonService } from 'nestjs-tsmon';
import { OTLPMetricExporter } from '@opentelemetry/exporter-metrics-otlp-http';

const FILE = fileURLToPath(import.meta.url);

const WAYS = {
  cluster: () => cluster.fork(),
  fork: () => fork(FILE, ['member']),
  threads: () => new Worker(FILE, { argv: ['member'] }),
};

async function send() {
  const exporter = new OTLPMetricExporter({ url: process.env.OTLP_URL });
  const target = JSON.parse(process.env.TARGET ?? 'null') ?? undefined;
  const module = TsmonModule.forRoot({ monitor: { openTelemetry: { exporter } }, target });
  const app = await NestFactory.createApplicationContext(module, { logger: ['warn', 'error'] });
  new Counter('shop/orders').add(1);
  await app.get(TsmonService).flush();
  await app.close();
}

if (cluster.isWorker || !isMainThread || process.argv[2] === 'member') {
  await send();
  if (cluster.isWorker) {
    cluster.worker.disconnect();
  }
} else {
  const members = [WAYS[process.env.WAY](), WAYS[process.env.WAY]()];
  await Promise.all(members.map(member => once(member, 'exit')));
}
