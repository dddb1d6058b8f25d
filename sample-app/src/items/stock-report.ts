import { Injectable, type OnModuleInit } from '@nestjs/common';
import { registerGlobalCallback } from 'nestjs-tsmon';
import { itemsInStock } from './items.metrics.js';
import { ItemsService } from './items.service.js';

/** The stock is that of the whole service: housekeeping reports it once, not every instance its own. */
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
