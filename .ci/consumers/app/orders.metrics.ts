import { Counter } from 'nestjs-tsmon';

export const orders = new Counter('shop/orders', {
  description: 'Orders placed.',
  fields: { size: 'int', gift: 'bool' },
});
