import { Injectable, type OnModuleInit } from '@nestjs/common';
import { registerCallback } from 'nestjs-tsmon';
import { ItemsService } from '../items/items.service.js';
import { PaymentsService } from '../payments/payments.service.js';
import type { OrderRequest } from './order-request.js';
import { openOrders, orders, orderValues } from './orders.metrics.js';

export interface Order {
  readonly id: number;
  readonly item: string;
  readonly quantity: number;
  readonly total: number;
}

@Injectable()
export class OrdersService implements OnModuleInit {
  private readonly open = new Set<number>();
  private lastId = 0;

  constructor(
    private readonly items: ItemsService,
    private readonly payments: PaymentsService,
  ) {}

  /** Sets the gauge before each flush. A gauge describes the present, so it need not be set at every change. */
  onModuleInit(): void {
    registerCallback(() => openOrders.set(this.open.size));
  }

  async place({ item, quantity, gift, method }: OrderRequest): Promise<Order> {
    const total = this.items.take(item, quantity).price * quantity;
    const id = ++this.lastId;
    this.open.add(id);
    try {
      await this.payments.charge(total, method);
    } catch (error) {
      this.items.putBack(item, quantity);
      orders.add(1, { status: 'refused', quantity, gift });
      throw error;
    } finally {
      this.open.delete(id);
    }
    orders.add(1, { status: 'placed', quantity, gift });
    orderValues.add(total);
    return { id, item, quantity, total };
  }
}
