import '../../../sample-app/src/items/stock-report.js';
import '../../../sample-app/src/orders/orders.service.js';
import { describe, expect, it } from 'vitest';
import type { MetricDeclaration } from '../../../lib/metrics/metric-declaration.js';
import { defaultRegistry, Registry } from '../../../lib/metrics/registry.js';
import { itemsInStock } from '../../../sample-app/src/items/items.metrics.js';
import { ShopMetrics } from './shop-metrics.js';

/** The declarations of the shop, without those of the library. */
function shopMetrics(registry: Registry): string[] {
  return registry
    .instanceMetrics()
    .filter(({ name }) => name.startsWith('shop/'))
    .map((metric: MetricDeclaration) => metric.describe())
    .sort();
}

describe('the simulated shop', () => {
  it('has the metrics that the sample application declares', () => {
    const registry = new Registry();
    const shop = new ShopMetrics(registry);
    shop.beforeFlush();
    const declared = shopMetrics(defaultRegistry).filter(text => text !== itemsInStock.describe());
    expect(shopMetrics(registry)).toEqual(declared);
    expect(declared).toHaveLength(7);
  });
});
