import { Module } from '@nestjs/common';
import { TsmonModule } from 'nestjs-tsmon';
import { ItemsModule } from './items/items.module.js';
import { OrdersModule } from './orders/orders.module.js';
import { tsmonOptions } from './tsmon-options.js';

@Module({
  imports: [TsmonModule.forRoot(tsmonOptions(process.env)), ItemsModule, OrdersModule],
})
export class AppModule {}
