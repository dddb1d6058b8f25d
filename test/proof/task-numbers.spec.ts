import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { SampleApp, SampleApps, type Adapter, type SentCell } from '../support/apps.js';
import { emulatorsAvailable, startEmulator, type Emulator } from '../support/emulators.js';
import { until } from '../support/processes.js';

/** Long enough for a busy machine: a flush that fails is repeated after 5 s, and then after 10 s. */
const EXPIRATION_SEC = 20;
const INTERVAL_SEC = 3;

const apps = new SampleApps();
afterEach(() => apps.removeAll());

describe.skipIf(!emulatorsAvailable)('the sample app on App Engine, with Datastore', () => {
  let emulator: Emulator;
  beforeAll(async () => {
    emulator = await startEmulator('firestore');
  }, 60_000);
  afterAll(() => emulator?.stop());

  /** A project for each adapter: the emulator keeps them apart. */
  const start = (adapter: Adapter, instance: string): Promise<SampleApp> =>
    SampleApp.start(apps, adapter, {
      GAE_ENV: 'standard',
      GAE_SERVICE: 'shop',
      GAE_VERSION: 'v1',
      GAE_INSTANCE: instance,
      GOOGLE_CLOUD_PROJECT: `shop-${adapter}`,
      DATASTORE_PROJECT_ID: `shop-${adapter}`,
      DATASTORE_EMULATOR_HOST: emulator.host,
      TSMON_CRON: 'off',
      TSMON_FLUSH_INTERVAL_SEC: String(INTERVAL_SEC),
      TSMON_EXPIRATION_SEC: String(EXPIRATION_SEC),
    });

  describe.each<Adapter>(['express', 'fastify'])('on %s', adapter => {
    it('sends nothing before housekeeping, then under small numbers, which are given out again', async () => {
      const first = await start(adapter, 'first');
      await sendsNothingWithoutNumber(first);
      await refusesHousekeepingWithoutHeader(first);

      expect(await housekeeping(first)).toMatchObject({ skipped: false, assigned: 1, expired: 0 });
      expect(await numberOf(first)).toBe(0);
      await sendsWhatWasRecordedBefore(first, adapter);
      await sendsGlobalMetricsUnderTheGlobalTarget(first);
      expect(await first.end('SIGKILL')).toMatchObject({ signal: 'SIGKILL' });

      const [second, third] = await Promise.all([
        start(adapter, 'second'),
        start(adapter, 'third'),
      ]);
      await until('both have claimed', async () => {
        await Promise.all([second.get('/items'), third.get('/items')]);
        return (await housekeeping(second)).instances === 3;
      });
      expect([await numberOf(second), await numberOf(third)].toSorted()).toEqual([1, 2]);

      await until('the claim of the first one has expired', async () => {
        await Promise.all([second.get('/items'), third.get('/items')]);
        return (await housekeeping(second)).expired === 1;
      });
      const fourth = await start(adapter, 'fourth');
      await until('the fourth one has claimed', async () => {
        // A claim that found Datastore busy is made again by the next elected request.
        await Promise.all([second, third, fourth].map(app => app.get('/items')));
        return (await housekeeping(second)).assigned === 1;
      });
      expect(await numberOf(fourth)).toBe(0);

      await keepsItsNumber(second);
      await keepsItsNumber(third);
      await neverSendsTwoStreamsOfOneNumberAtATime([first, second, third, fourth]);
    });
  });
});

async function sendsNothingWithoutNumber(app: SampleApp): Promise<void> {
  for (let i = 0; i < 3; i++) {
    expect((await app.order({ item: 'book', quantity: 2, method: 'invoice' })).status).toBe(201);
  }
  await until('an elected request finds that there is no number', async () => {
    await app.get('/items');
    return app.process.output.includes('Nothing is sent yet, and nothing is lost');
  });
  expect(await app.sent()).toEqual([]);
}

async function refusesHousekeepingWithoutHeader(app: SampleApp): Promise<void> {
  const response = await app.get('/internal/cron/ts_mon/housekeeping');
  expect(response.status).toBe(403);
  expect(await app.sent()).toEqual([]);
}

interface Report {
  readonly assigned: number;
  readonly expired: number;
  readonly instances: number;
}

async function housekeeping(app: SampleApp): Promise<Report> {
  const response = await app.housekeeping();
  expect(response.status).toBe(200);
  return (await response.json()) as Report;
}

/** Sends requests until one was elected to flush, and says under which number it did. */
async function numberOf(app: SampleApp): Promise<unknown> {
  const cells = await until('an elected request flushes', async () => {
    expect((await app.get('/items')).status).toBe(200);
    const own = (await app.sent()).filter(isOwn);
    return own.length > 0 && own;
  });
  const numbers = new Set(cells.map(({ target }) => target.task_num));
  expect([...numbers]).toHaveLength(1);
  return [...numbers][0];
}

async function sendsWhatWasRecordedBefore(app: SampleApp, adapter: Adapter): Promise<void> {
  const placed = (await app.sent()).find(({ metric }) => metric === 'shop/orders');
  expect(placed).toMatchObject({
    target: {
      service_name: `shop-${adapter}`,
      job_name: 'shop',
      data_center: 'unknown',
      host_name: 'v1',
      task_num: 0,
    },
    fields: { status: 'placed', quantity: 2, gift: false },
    value: 3,
  });
}

async function sendsGlobalMetricsUnderTheGlobalTarget(app: SampleApp): Promise<void> {
  const stock = (await app.sent()).filter(({ metric }) => metric === 'shop/items_in_stock');
  expect(stock).not.toHaveLength(0);
  expect(stock.every(({ target }) => target.host_name === '' && target.task_num === 0)).toBe(true);
  expect(stock.find(({ fields }) => fields.item === 'book')?.value).toBe(994);
}

async function keepsItsNumber(app: SampleApp): Promise<void> {
  const before = (await app.sent()).filter(isOwn);
  await until('it sends again', async () => {
    await app.get('/items');
    return (await app.sent()).filter(isOwn).length > before.length;
  });
  const numbers = new Set((await app.sent()).filter(isOwn).map(({ target }) => target.task_num));
  expect(numbers.size).toBe(1);
}

/** T1, as the receiver sees it: no two senders overlap under one identity. */
async function neverSendsTwoStreamsOfOneNumberAtATime(all: readonly SampleApp[]): Promise<void> {
  const tenures = await Promise.all(
    all.map(async app => {
      const counters = (await app.sent()).filter(cell => isOwn(cell) && cell.start);
      return {
        number: counters[0]?.target.task_num,
        from: counters.map(({ start = '' }) => start).toSorted()[0] ?? '',
        to:
          counters
            .map(({ end }) => end)
            .toSorted()
            .at(-1) ?? '',
      };
    }),
  );
  for (const tenure of tenures) {
    const overlapping = tenures.filter(
      other => other.number === tenure.number && other.from <= tenure.to && tenure.from <= other.to,
    );
    expect(overlapping).toEqual([tenure]);
  }
}

function isOwn({ target }: SentCell): boolean {
  return target.host_name !== '';
}
