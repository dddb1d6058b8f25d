import { Controller, Post } from '@nestjs/common';
import type { Counter } from '@opentelemetry/api';
import { MetricService } from 'nestjs-otel';

@Controller('orders')
export class OrdersController {
  private readonly orders: Counter;

  constructor(metrics: MetricService) {
    this.orders = metrics.getCounter('shop.orders', { description: 'Orders placed.' });
  }

  @Post()
  order(): string {
    this.orders.add(1, { 'order.kind': 'gift' });
    return 'ordered';
  }
}
