import { ConflictException, Injectable, NotFoundException } from '@nestjs/common';
import { TrackMetric } from 'nestjs-tsmon';

export interface Item {
  readonly name: string;
  readonly price: number;
  inStock: number;
}

/** The items that the shop sells. A map replaces the database that all instances of a real shop share. */
@Injectable()
@TrackMetric('shop/items_service', { description: 'Calls of the items service.' })
export class ItemsService {
  private readonly items = new Map(
    [
      { name: 'book', price: 20, inStock: 1000 },
      { name: 'lamp', price: 45, inStock: 50 },
      { name: 'desk', price: 180, inStock: 3 },
    ].map((item): [string, Item] => [item.name, item]),
  );

  findAll(): Item[] {
    return [...this.items.values()];
  }

  find(name: string): Item {
    const item = this.items.get(name);
    if (!item) {
      throw new NotFoundException(`There is no item "${name}".`);
    }
    return item;
  }

  take(name: string, quantity: number): Item {
    const item = this.find(name);
    if (item.inStock < quantity) {
      throw new ConflictException(`Only ${item.inStock} of item "${name}" are left.`);
    }
    item.inStock -= quantity;
    return item;
  }

  putBack(name: string, quantity: number): void {
    this.find(name).inStock += quantity;
  }
}
