import { Test } from '@nestjs/testing';
import { orders } from './orders.metrics';
import { OrdersService } from './orders.service';

describe('OrdersService', () => {
  it('counts orders also where no TsmonModule was started', async () => {
    const module = await Test.createTestingModule({ providers: [OrdersService] }).compile();
    const service = module.get(OrdersService);
    expect(service.sizeOf(service.place(3))).toBe(3);
    expect(orders.get({ size: 3, gift: false })).toBe(1);
  });
});
