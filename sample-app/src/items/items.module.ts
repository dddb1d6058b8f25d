import { Module } from '@nestjs/common';
import { ItemsController } from './items.controller.js';
import { ItemsService } from './items.service.js';
import { StockReport } from './stock-report.js';

@Module({
  controllers: [ItemsController],
  providers: [ItemsService, StockReport],
  exports: [ItemsService],
})
export class ItemsModule {}
