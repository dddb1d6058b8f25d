import { Controller, Get, Param } from '@nestjs/common';
import { ItemsService, type Item } from './items.service.js';

@Controller('items')
export class ItemsController {
  constructor(private readonly items: ItemsService) {}

  @Get()
  findAll(): Item[] {
    return this.items.findAll();
  }

  @Get(':name')
  find(@Param('name') name: string): Item {
    return this.items.find(name);
  }
}
