import { Injectable } from '@nestjs/common';
import { orders } from './orders.metrics.js';

@Injectable()
export class OrdersService {
  private readonly sizes: number[] = [];

  place(size: number): number {
    orders.add(1, { size, gift: false });
    return this.sizes.push(size) - 1;
  }

  sizeOf(id: number): number | undefined {
    return this.sizes[id];
  }
}
