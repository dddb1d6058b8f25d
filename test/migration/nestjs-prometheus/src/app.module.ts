import { Module } from '@nestjs/common';
import { makeCounterProvider, PrometheusModule } from '@willsoto/nestjs-prometheus';
import { OrdersController } from './orders.controller.js';

@Module({
  imports: [
    // Answers at /metrics.
    PrometheusModule.register(),
  ],
  controllers: [OrdersController],
  providers: [
    makeCounterProvider({ name: 'orders_total', help: 'Orders placed.', labelNames: ['kind'] }),
  ],
})
export class AppModule {}
