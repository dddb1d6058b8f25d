import { IntGauge } from 'nestjs-tsmon';

export const itemsInStock = new IntGauge('shop/items_in_stock', {
  description: 'Items in stock.',
  fields: { item: 'string' },
});
