import { Counter, TrackMetric } from '../../lib/entry/index.js';

/** A file that declares metrics, to be loaded again and again, as hot reload does. */
export const orders = new Counter('hot/orders', { fields: { item: 'string' } });
export const lamps = orders.cell({ item: 'lamp' });

export class Checkout {
  @TrackMetric('hot/checkout')
  pay(): string {
    return 'paid';
  }
}
