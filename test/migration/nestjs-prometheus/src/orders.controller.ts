import { Controller, Post } from '@nestjs/common';
import { InjectMetric } from '@willsoto/nestjs-prometheus';
import type { Counter } from 'prom-client';

@Controller('orders')
export class OrdersController {
  constructor(@InjectMetric('orders_total') private readonly orders: Counter) {}

  @Post()
  order(): string {
    this.orders.inc({ kind: 'gift' });
    return 'ordered';
  }
}
