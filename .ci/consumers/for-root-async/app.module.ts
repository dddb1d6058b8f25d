import { Module } from '@nestjs/common';
import { ConfigModule, ConfigService } from '@nestjs/config';
import { TsmonModule } from 'nestjs-tsmon';
import { monitor } from './monitor.js';
import { OrdersController } from './orders.controller.js';
import { OrdersService } from './orders.service.js';

const configuration = (): object => ({ shop: { service: 'shop-of-consumers' } });

@Module({
  imports: [
    TsmonModule.forRootAsync({
      imports: [ConfigModule.forRoot({ ignoreEnvFile: true, load: [configuration] })],
      inject: [ConfigService],
      useFactory: (config: ConfigService) => ({
        target: { serviceName: config.getOrThrow<string>('shop.service'), jobName: 'shop' },
        monitor,
        status: { enabled: true, auth: 'none' },
      }),
    }),
  ],
  controllers: [OrdersController],
  providers: [OrdersService],
})
export class AppModule {}
