import { Controller, Get, NotFoundException, Param, ParseIntPipe, Post } from '@nestjs/common';
import { TrackMetric } from 'nestjs-tsmon';
import { OrdersService } from './orders.service.js';

@Controller('orders')
export class OrdersController {
  constructor(private readonly service: OrdersService) {}

  @Post(':size')
  @TrackMetric('shop/place')
  async place(@Param('size', ParseIntPipe) size: number): Promise<{ id: number }> {
    return { id: this.service.place(size) };
  }

  @Get(':id')
  @TrackMetric('shop/find')
  find(@Param('id', ParseIntPipe) id: number): { size: number } {
    const size = this.service.sizeOf(id);
    if (size === undefined) {
      throw new NotFoundException();
    }
    return { size };
  }
}
