import { Module } from '@nestjs/common';
import { OpenTelemetryModule } from 'nestjs-otel';
import { OrdersController } from './orders.controller.js';

@Module({
  imports: [
    // Provides MetricService.
    OpenTelemetryModule.forRoot(),
  ],
  controllers: [OrdersController],
})
export class AppModule {}
