import { Injectable, type OnModuleInit } from '@nestjs/common';
import { registerGlobalCallback } from 'nestjs-tsmon';
import { itemsInStock } from './items.metrics.js';
import { ItemsService } from './items.service.js';

/** Reports the stock as a global metric: it belongs to the whole service, so housekeeping reports it once. */
@Injectable()
export class StockReport implements OnModuleInit {
  constructor(private readonly items: ItemsService) {}

  onModuleInit(): void {
    registerGlobalCallback('items in stock', [itemsInStock], () => {
      for (const { name, inStock } of this.items.findAll()) {
        itemsInStock.set(inStock, { item: name });
      }
    });
  }
}
