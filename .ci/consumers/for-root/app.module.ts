import { Module } from '@nestjs/common';
import { TsmonModule } from 'nestjs-tsmon';
import { monitor } from './monitor.js';
import { OrdersController } from './orders.controller.js';
import { OrdersService } from './orders.service.js';

@Module({
  imports: [
    TsmonModule.forRoot({
      target: { serviceName: 'shop-of-consumers', jobName: 'shop' },
      monitor,
      status: { enabled: true, auth: 'none' },
    }),
  ],
  controllers: [OrdersController],
  providers: [OrdersService],
})
export class AppModule {}
