import { AssertionError } from 'node:assert';
import { Injectable, type INestApplication } from '@nestjs/common';
import { ExpressAdapter } from '@nestjs/platform-express';
import { Test } from '@nestjs/testing';
import { expect } from 'vitest';
import { Counter, CumulativeDistribution, TrackMetric } from '../../lib/entry/index.js';
import { createTestingTsmon } from '../../lib/entry/testing.js';

export const orders = new Counter('shop/orders', { fields: { status: 'string', gift: 'bool' } });
export const sizes = new CumulativeDistribution('shop/sizes');
const apps: INestApplication[] = [];

/** Ends what {@link startShop} has started. */
export async function closeApps(): Promise<void> {
  await Promise.all(apps.splice(0).map(app => app.close()));
}

@Injectable()
export class Shop {
  @TrackMetric('shop/order')
  order(status: string): void {
    orders.add(1, { status, gift: false });
  }
}

/** An application of one provider, with a kit. */
export async function startShop(options: Parameters<typeof createTestingTsmon>[0] = {}) {
  const tsmon = createTestingTsmon(options);
  const testingModule = await Test.createTestingModule({
    imports: [tsmon.module],
    providers: [Shop],
  }).compile();
  const app = testingModule.createNestApplication(new ExpressAdapter(), { logger: false });
  apps.push(app);
  await app.init();
  return { tsmon, app, shop: app.get(Shop) };
}

/** The error that an assertion of the kit throws. */
export function failureOf(work: () => unknown): AssertionError {
  try {
    work();
  } catch (error) {
    expect(error).toBeInstanceOf(AssertionError);
    return error as AssertionError;
  }
  throw new Error('It did not fail.');
}
