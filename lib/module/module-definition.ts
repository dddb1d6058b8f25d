import { ConfigurableModuleBuilder } from '@nestjs/common';
import type { TsmonModuleOptions } from '../options/tsmon-options.js';

/** Builds `forRoot` and `forRootAsync`, whose factory classes have a method `createTsmonOptions`. */
export const { ConfigurableModuleClass, MODULE_OPTIONS_TOKEN, OPTIONS_TYPE, ASYNC_OPTIONS_TYPE } =
  new ConfigurableModuleBuilder<TsmonModuleOptions>({ moduleName: 'Tsmon' })
    .setClassMethodName('forRoot')
    .setFactoryMethodName('createTsmonOptions')
    .setExtras<{ isGlobal?: boolean | undefined }>(
      { isGlobal: true },
      (definition, { isGlobal = true }) => ({ ...definition, global: isGlobal }),
    )
    .build();
