import { request } from 'node:http';
import { afterEach, describe, expect, it } from 'vitest';
import { SampleApp, SampleApps, type Adapter } from '../support/apps.js';
import { until } from '../support/processes.js';

const ORDER = { item: 'lamp', quantity: 1, gift: true, method: 'invoice' };
const LONG_SEC = '900';

const apps = new SampleApps();
afterEach(() => apps.removeAll());

const BY_FOR_ROOT_ASYNC = new URL('../support/by-for-root-async.mjs', import.meta.url).href;

const WAYS: readonly (readonly [Adapter, string, Record<string, string>])[] = [
  ['express', 'forRoot', {}],
  ['fastify', 'forRoot', {}],
  ['express', 'forRootAsync', { NODE_OPTIONS: `--import=${BY_FOR_ROOT_ASYNC}` }],
  ['fastify', 'forRootAsync', { NODE_OPTIONS: `--import=${BY_FOR_ROOT_ASYNC}` }],
];

describe.each(WAYS)('the sample app on %s by %s', (adapter, registration, way) => {
  const start = async (env: Record<string, string>): Promise<SampleApp> => {
    const app = await SampleApp.start(apps, adapter, { ...way, ...env });
    expect(app.process.output.includes('options come from a factory')).toBe(
      registration === 'forRootAsync',
    );
    return app;
  };

  it('shows a flush with its task number, with no account and no emulator', async () => {
    const app = await start({
      TSMON_LOG_FILE: '',
      TSMON_LOG_FORMAT: '',
      TSMON_FLUSH_INTERVAL_SEC: '1',
    });
    expect((await app.order(ORDER)).status).toBe(201);
    await app.process.prints(
      /task .*task_num=0[^]*shop\/orders +status="placed" quantity=1 gift=true +1 /,
    );
  });

  it('measures the requests that it serves, and those that it refuses', async () => {
    const app = await start({ TSMON_FLUSH_INTERVAL_SEC: '1' });
    const responses = [
      await app.get('/items/lamp'),
      await app.get('/items/sofa'),
      await app.get('/nowhere'),
      await app.order({ ...ORDER, quantity: 99 }),
      await app.get('/internal/cron/ts_mon/housekeeping'),
    ];
    expect(responses.map(({ status }) => status)).toEqual([200, 404, 404, 400, 403]);
    const counted = async (): Promise<unknown[]> =>
      (await app.sent())
        .filter(({ metric }) => metric === 'http/server_response_status')
        .map(({ fields, value }) => [fields.name, fields.status, value]);
    await until('all are counted', async () => {
      const cells = await counted();
      return [
        ['/items/:name', 200, 1],
        ['/items/:name', 404, 1],
        ['/orders', 400, 1],
      ].every(cell => cells.some(other => String(other) === String(cell)));
    });
  });

  it('F6 after SIGTERM it serves the request in flight, and its last flush has what that recorded', async () => {
    const app = await start({ TSMON_FLUSH_INTERVAL_SEC: LONG_SEC });
    expect((await app.order(ORDER)).status).toBe(201);
    expect(await placedOrders(app)).toEqual([]);

    const body = JSON.stringify(ORDER);
    const inFlight = request(`${app.url}/orders`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        'content-length': body.length,
        // The server's answer to this says that the request has arrived.
        expect: '100-continue',
      },
    });
    const answered = new Promise<number | undefined>((resolve, reject) => {
      inFlight.on('error', reject).on('response', response => {
        response.resume();
        resolve(response.statusCode);
      });
    });
    await new Promise(resolve => {
      inFlight.on('continue', resolve).flushHeaders();
    });

    const signalledAt = Date.now();
    const exit = app.end('SIGTERM');
    await until('the flush at shutdown is sent', async () => (await placedOrders(app)).length > 0);
    expect(await placedOrders(app)).toEqual([1]);
    inFlight.end(body);
    expect(await answered).toBe(201);
    expect(await exit).toEqual({ code: 0, signal: null });
    expect(Date.now() - signalledAt).toBeLessThan(10_000);
    expect(await placedOrders(app)).toEqual([1, 2]);
  });
});

it('the sample app says what is wrong with its environment, and ends', async () => {
  const child = SampleApp.start(apps, 'nest' as Adapter);
  await expect(child).rejects.toThrow('ADAPTER must be express or fastify, got "nest".');
});

async function placedOrders(app: SampleApp): Promise<unknown[]> {
  return (await app.sent())
    .filter(({ metric, target }) => metric === 'shop/orders' && target.task_num === 0)
    .map(({ value }) => value);
}
