import { Body, Controller, Post } from '@nestjs/common';
import { orderRequest } from './order-request.js';
import { OrdersService, type Order } from './orders.service.js';

@Controller('orders')
export class OrdersController {
  constructor(private readonly orders: OrdersService) {}

  @Post()
  place(@Body() body: unknown): Promise<Order> {
    return this.orders.place(orderRequest(body));
  }
}
