import { Controller, Get, Param } from '@nestjs/common';
import { describe, expect, it } from 'vitest';
import { Counter } from '../../lib/entry/index.js';
import { PLATFORMS } from '../support/test-app.js';
import { closeAppsAfterEach, ownOptions, requestsIn, startWith, statusesOf } from './app.js';

const MANY = 100;

@Controller('cats')
class CatsController {
  @Get(':id')
  cat(@Param('id') id: string): string {
    return id;
  }
}

closeAppsAfterEach();

describe.each(PLATFORMS)('what users said of labels, on %s', platform => {
  const paths = (make: (n: number) => string): string[] =>
    Array.from({ length: MANY }, (_, n) => make(n));

  it('nestjs-otel#164 #124 "labels by default blow up": a route is one value, whatever its parameters', async () => {
    const options = ownOptions();
    const { url, service } = await startWith(options, { platform, controllers: [CatsController] });
    await statusesOf(
      url,
      paths(n => `/cats/${n}?page=${n}`),
    );
    await service.flush();
    expect(requestsIn(options)).toEqual([`200 /cats/:id: ${MANY}`]);
  });

  it('nestjs-otel#123 "undefined routes are ignored", with which nothing was recorded on Fastify', async () => {
    const options = ownOptions();
    const { url, service } = await startWith(options, { platform, controllers: [CatsController] });
    await statusesOf(url, ['/cats/1', '/dogs/1', '/']);
    await service.flush();
    expect(requestsIn(options)).toEqual(['200 /cats/:id: 1', '404 : 2']);
  });

  it('opentelemetry-js#4095 #5493 "out of memory by raw URLs": what matches no route is one value', async () => {
    const options = ownOptions();
    const { url, service } = await startWith(options, { platform });
    await statusesOf(
      url,
      paths(n => `/wp-admin/${n}/${'x'.repeat(n)}.php`),
    );
    await service.flush();
    expect(requestsIn(options)).toEqual([`404 : ${MANY}`]);
  });
});

describe('what users said of series that stay', () => {
  it('opentelemetry-js#4095 "no limit": past cellsPerMetric new cells are dropped and counted, and known ones go on', async () => {
    const options = { ...ownOptions(), limits: { cellsPerMetric: 10 } };
    const { registry, monitor } = options;
    const byUser = new Counter('by_user', { fields: { user: 'int' }, registry });
    const { service } = await startWith(options);
    for (let user = 0; user < MANY; user++) {
      byUser.add(1, { user });
    }
    byUser.add(1, { user: 0 });
    await service.flush();
    expect(byUser.get({ user: 0 })).toBe(2);
    expect(monitor.valuesOf('by_user')).toHaveLength(10);
    expect(monitor.valuesOf('tsmon/dropped_cells')).toEqual([MANY - 10]);
  });

  it('client_js#741 express-prom-bundle#116 "series live for ever": a deleted one is sent no more, and makes room', async () => {
    const options = { ...ownOptions(), limits: { cellsPerMetric: 1 } };
    const { registry, monitor } = options;
    const byUser = new Counter('by_user', { fields: { user: 'string' }, registry });
    const { service } = await startWith(options);
    byUser.add(1, { user: 'ann' });
    await service.flush();
    byUser.delete({ user: 'ann' });
    monitor.calls.length = 0;
    await service.flush();
    expect(monitor.valuesOf('by_user')).toEqual([]);
    byUser.add(7, { user: 'bob' });
    await service.flush();
    expect(monitor.valuesOf('by_user')).toEqual([7]);
    expect(service.status().dropped).toEqual({});
  });
});
