import { Bucketer, Counter, CumulativeDistribution, IntGauge } from 'nestjs-tsmon';

export const orders = new Counter('shop/orders', {
  description: 'Orders, placed or refused.',
  fields: { status: 'string', quantity: 'int', gift: 'bool' },
});

export const orderValues = new CumulativeDistribution('shop/order_values', {
  description: 'What customers paid for an order.',
  bucketer: Bucketer.geometric(2, 16),
});

export const openOrders = new IntGauge('shop/open_orders', {
  description: 'Orders that wait for their payment.',
});
