import 'reflect-metadata';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Logger, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { ExpressAdapter } from '@nestjs/platform-express';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { TsmonModule, TsmonService } from 'nestjs-tsmon';
import { ProdXMonitor } from 'nestjs-tsmon/prodx';
import { heapMegabytes } from '../heap.js';
import { letClockJump, setClockAhead } from './jumping-date.js';
import { MoodyCallbacks } from './moody-callbacks.js';
import {
  HEARTBEAT_SEC,
  INTERVAL_SEC,
  SOAK_ENV,
  TIMEOUT_SEC,
  type CallbackMood,
  type SoakResources,
  type SoakState,
} from './protocol.js';
import { SoakedController } from './soaked-controller.js';
import { WitnessedMonitor } from './witnessed-monitor.js';

letClockJump();

const adapter = process.env[SOAK_ENV.adapter];
const datastorePort = process.env[SOAK_ENV.datastorePort];

const monitor = new WitnessedMonitor(
  new ProdXMonitor({
    endpoint: `127.0.0.1:${process.env[SOAK_ENV.monitorPort]}`,
    insecure: true,
  }),
);

@Module({
  imports: [
    TsmonModule.forRoot({
      target: { serviceName: 'soak', jobName: 'app', dataCenter: 'here', hostName: 'host' },
      monitor,
      ...(datastorePort && {
        datastore: { projectId: 'soak', apiEndpoint: `127.0.0.1:${datastorePort}` },
      }),
      flush: { mode: 'request', intervalSec: INTERVAL_SEC, timeoutSec: TIMEOUT_SEC },
      taskNumbers: {
        expirationSec: Number(process.env[SOAK_ENV.expirationSec]),
        heartbeatSec: HEARTBEAT_SEC,
      },
      housekeeping: { cron: false, auth: 'none' },
    }),
  ],
  controllers: [SoakedController],
})
class SoakedModule {}

async function start(): Promise<void> {
  const app = await NestFactory.create(
    SoakedModule,
    (adapter === 'express' ? new ExpressAdapter() : new FastifyAdapter()) as ExpressAdapter,
  );
  app.enableShutdownHooks();
  const service = app.get(TsmonService);
  let selfUrl = '';
  const callbacks = new MoodyCallbacks(service, () => fetch(selfUrl).then(got => got.text()));
  callbacks.register();
  await app.listen(0, '127.0.0.1');
  const { port } = app.getHttpServer().address() as AddressInfo;
  selfUrl = `http://127.0.0.1:${port}/self`;

  const commands: Readonly<Record<string, (argument: string) => unknown>> = {
    state: () => stateOf(service, callbacks),
    resources,
    flush: () => service.flush(),
    mood: mood => {
      callbacks.mood = mood as CallbackMood;
      return {};
    },
    clock: aheadMs => {
      setClockAhead(Number(aheadMs));
      return {};
    },
  };
  const controlPort = await listenTo(commands);
  new Logger('Soak').log(`Soaked at ${port}, and told what to do at ${controlPort}.`);
}

function stateOf(service: TsmonService, callbacks: MoodyCallbacks): SoakState {
  return {
    lastFlush: service.status().lastFlush,
    acceptedEndTimes: monitor.acceptedEndTimes,
    callbacksRun: callbacks.run,
  };
}

async function resources(): Promise<SoakResources> {
  const kinds = process.getActiveResourcesInfo();
  return {
    heapMegabytes: await heapMegabytes(),
    sockets: kinds.filter(kind => kind.startsWith('TCPSocket')).length,
  };
}

/** A server beside the application's, of which the library knows nothing. `/<command>?<argument>` */
async function listenTo(
  commands: Readonly<Record<string, (argument: string) => unknown>>,
): Promise<number> {
  const server = createServer((request, response) => {
    const [command = '', argument = ''] = (request.url ?? '').slice(1).split('?');
    const obey = async (): Promise<void> => {
      const answer = await commands[command]?.(decodeURIComponent(argument));
      response.end(JSON.stringify(answer));
    };
    obey().catch((error: unknown) => response.writeHead(500).end(String(error)));
  });
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  server.unref();
  return (server.address() as AddressInfo).port;
}

start().catch((error: unknown) => {
  new Logger('Soak').fatal(error);
  process.exit(1);
});
