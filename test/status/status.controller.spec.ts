import { connect } from 'node:net';
import {
  Injectable,
  VersioningType,
  type ExecutionContext,
  type NestInterceptor,
} from '@nestjs/common';
import { APP_FILTER, APP_GUARD, APP_INTERCEPTOR } from '@nestjs/core';
import { map, of } from 'rxjs';
import { afterEach, describe, expect, it } from 'vitest';
import {
  CumulativeDistribution,
  Registry,
  StringGauge,
  TaskNumAllocator,
  NoTaskNumberError,
  TsmonModule,
  TsmonService,
} from '../../lib/entry/index.js';
import type { StatusReport } from '../../lib/status/status-report.js';
import { FakeMonitor } from '../../lib/testing/fake-monitor.js';
import { PLATFORMS } from '../support/test-app.js';
import { closeApps, OPEN, PATH, RefusingGuard, reportFrom, start } from './status-app.js';

const JSON_TYPE = /^application\/json; charset=utf-8$/;

afterEach(closeApps);

@Injectable()
class WrappingInterceptor implements NestInterceptor {
  intercept(_: ExecutionContext, next: { handle(): ReturnType<typeof of> }) {
    return next.handle().pipe(map(data => ({ data })));
  }
}

/** As on a service whose housekeeping has not run yet. */
class NoNumbers extends TaskNumAllocator {
  readonly expirationSec = 1800;
  notifyTaskIsAlive = () => Promise.reject(new NoTaskNumberError());
  assignTaskNumbers = () => Promise.reject(new Error('not here'));
  release = () => Promise.resolve();
}

describe.each(PLATFORMS)('GET /internal/tsmon on %s', platform => {
  it.each(['', '?format=json', '?other=1&format=json', '?format=json&format=prometheus'])(
    'answers %j with JSON',
    async query => {
      const registry = new Registry();
      const waits = new CumulativeDistribution('waits', { fields: { at: 'string' }, registry });
      waits.add(5, { at: 'door 😀 \ud800' });
      const { app, url } = await start(platform, { status: OPEN, registry });
      await app.get(TsmonService).flush();
      const response = await fetch(url + query);
      expect(response.status).toBe(200);
      expect(response.headers.get('content-type')).toMatch(JSON_TYPE);
      expect(response.headers.get('cache-control')).toBe('no-store');
      expect(response.headers.get('x-content-type-options')).toBe('nosniff');
      const report = (await response.json()) as StatusReport;
      expect(report).toMatchObject({
        running: true,
        exporting: true,
        target: {
          service_name: 'shop',
          job_name: 'web',
          data_center: 'here',
          host_name: 'v1',
          task_num: 0,
        },
        lastFlush: { outcome: 'sent', rejected: 0 },
        dropped: {},
      });
      expect(report.lastFlush!.accepted).toBeGreaterThan(0);
      expect(report.nextFlushInSec).toBeGreaterThan(0);
      expect(report.metrics.find(({ name }) => name === 'waits')?.cells).toMatchObject([
        { fields: { at: 'door 😀 \ud800' }, value: { count: 1, sum: 5 } },
      ]);
    },
  );

  it('answers format=prometheus with text that has the number of this instance', async () => {
    const registry = new Registry();
    new StringGauge('greeting', { registry }).set('hallo 😀');
    const { url } = await start(platform, { status: OPEN, registry });
    const response = await fetch(`${url}?format=prometheus`);
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8');
    expect(response.headers.get('cache-control')).toBe('no-store');
    expect(await response.text()).toMatch(
      /^greeting_info\{service_name="shop",.*task_num="0",value="hallo 😀"\} 1$/m,
    );
  });

  it('describes an instance that waits for its number', async () => {
    const registry = new Registry();
    new StringGauge('greeting', { registry }).set('hallo');
    const given = { status: OPEN, registry, allocator: new NoNumbers() };
    const { app, url } = await start(platform, given);
    await app.get(TsmonService).flush();
    const report = await reportFrom(url);
    expect(report).toMatchObject({
      running: true,
      exporting: false,
      lastFlush: { outcome: 'no-task-number' },
    });
    expect(report.target).not.toHaveProperty('task_num');
    expect(await (await fetch(`${url}?format=prometheus`)).text()).not.toContain('task_num');
  });

  it('describes an instance whose metrics are disabled', async () => {
    const { url } = await start(platform, { status: OPEN, enabled: false });
    expect(await reportFrom(url)).toMatchObject({ running: false, exporting: false });
  });

  it.each(['?format=HTML', '?format=', '?format=__proto__', '?format[]=json&format=x'])(
    'answers %s with 400 and the valid formats',
    async query => {
      const { url } = await start(platform, { status: OPEN });
      const response = await fetch(url + query);
      expect(response.status).toBe(400);
      expect(await response.json()).toEqual({
        error: 'There is no such format. Use html, json or prometheus.',
      });
    },
  );

  it('answers at exactly its path, whatever prefix, version, guard, interceptor and filter there is', async () => {
    const catchAll = { catch: () => undefined };
    const { url } = await start(platform, {
      status: OPEN,
      providers: [
        { provide: APP_GUARD, useClass: RefusingGuard },
        { provide: APP_INTERCEPTOR, useClass: WrappingInterceptor },
        { provide: APP_FILTER, useValue: catchAll },
      ],
      configure: app => {
        app.setGlobalPrefix('api');
        app.enableVersioning({ type: VersioningType.URI, defaultVersion: '1' });
      },
    });
    expect(await reportFrom(url)).toMatchObject({ running: true });
  });

  it('answers HEAD without a body', async () => {
    const { url } = await start(platform, { status: OPEN });
    const response = await fetch(url, { method: 'HEAD' });
    expect(response.status).toBe(200);
    expect(await response.text()).toBe('');
  });

  it('sends many cells whole, and goes on when a client hangs up amid them', async () => {
    const registry = new Registry();
    const texts = new StringGauge('texts', { fields: { id: 'int' }, registry });
    for (let id = 0; id < 5000; id++) {
      texts.set('😀'.repeat(200), { id });
    }
    const { url } = await start(platform, { status: OPEN, registry });
    const { hostname, port } = new URL(url);
    const socket = connect(Number(port), hostname);
    socket.write(`GET ${PATH} HTTP/1.1\r\nHost: x\r\n\r\n`);
    await new Promise(resolve => {
      socket.once('data', resolve);
    });
    socket.destroy();
    for (const format of ['json', 'prometheus']) {
      const body = await (await fetch(`${url}?format=${format}`)).text();
      expect(body.match(/(?:😀){200}/gu)).toHaveLength(5000);
      expect(body).not.toContain('\uFFFD');
    }
    expect(
      (await reportFrom(url)).metrics.find(({ name }) => name === 'texts')?.cells,
    ).toHaveLength(5000);
  });
});

it('an application without HTTP starts with the option status', async () => {
  const { Test } = await import('@nestjs/testing');
  const testingModule = await Test.createTestingModule({
    imports: [
      TsmonModule.forRoot({ registry: new Registry(), monitor: new FakeMonitor(), status: OPEN }),
    ],
  }).compile();
  await testingModule.init();
  expect(testingModule.get(TsmonService).status().running).toBe(true);
  await testingModule.close();
});
