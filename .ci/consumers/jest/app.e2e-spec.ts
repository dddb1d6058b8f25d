import { INestApplication } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { TsmonModule, TsmonService } from 'nestjs-tsmon';
import { createTestingTsmon } from 'nestjs-tsmon/testing';
import { AppModule } from './app.module';
import { monitor } from './monitor';
import { orders } from './orders.metrics';

describe('AppModule', () => {
  let app: INestApplication;

  beforeEach(async () => {
    const module = await Test.createTestingModule({ imports: [AppModule] }).compile();
    app = module.createNestApplication();
    await app.listen(0);
  });

  afterEach(() => app.close());

  it('serves requests, and sends what they recorded', async () => {
    const response = await fetch(`${await app.getUrl()}/orders/1`, { method: 'POST' });
    expect(response.status).toBe(201);
    expect(orders.get({ size: 1, gift: false })).toBe(1);
    expect(await app.get(TsmonService).flush()).toMatchObject({ outcome: 'sent' });
    expect(monitor.calls.length).toBeGreaterThan(0);
  });

  it('starts again after it was closed', async () => {
    expect(await app.get(TsmonService).flush()).toMatchObject({ outcome: 'sent' });
  });
});

it('a pasted forRoot() starts and ends', async () => {
  const module = await Test.createTestingModule({ imports: [TsmonModule.forRoot()] }).compile();
  const app = module.createNestApplication({ logger: false });
  await app.listen(0);
  await app.close();
});

it('the fakes of nestjs-tsmon/testing see what the metrics of the application record', async () => {
  const tsmon = createTestingTsmon();
  const module = await Test.createTestingModule({ imports: [tsmon.module] }).compile();
  await module.init();
  orders.add(2, { size: 9, gift: true });
  await tsmon.flush();
  expect(tsmon.sent('shop/orders', { size: 9, gift: true })).toBe(2);
  await module.close();
});
