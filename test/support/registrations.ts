import { Injectable, Module, type DynamicModule } from '@nestjs/common';
import { TsmonModule, type TsmonModuleOptions } from '../../lib/entry/index.js';

/** Options as they are given to `forRoot()`. */
type Given = TsmonModuleOptions & { isGlobal?: boolean };

/** A way to give the module its options. */
export type Register = (options?: Given) => DynamicModule;

const useFactory: Register = ({ isGlobal = true, ...options } = {}) =>
  TsmonModule.forRootAsync({ isGlobal, useFactory: async () => options });

const useClass: Register = ({ isGlobal = true, ...options } = {}) =>
  TsmonModule.forRootAsync({ isGlobal, useClass: factoryOf(options) });

const useExisting: Register = ({ isGlobal = true, ...options } = {}) => {
  const Factory = factoryOf(options);
  @Module({ providers: [Factory], exports: [Factory] })
  class OptionsModule {}
  return TsmonModule.forRootAsync({ isGlobal, imports: [OptionsModule], useExisting: Factory });
};

/** The two ways that differ most. */
export const TWO_REGISTRATIONS: readonly (readonly [string, Register])[] = [
  ['forRoot', options => TsmonModule.forRoot(options)],
  ['forRootAsync', useFactory],
];

/** All ways. */
export const REGISTRATIONS: readonly (readonly [string, Register])[] = [
  ['forRoot', options => TsmonModule.forRoot(options)],
  ['forRootAsync useFactory', useFactory],
  ['forRootAsync useClass', useClass],
  ['forRootAsync useExisting', useExisting],
];

function factoryOf(options: TsmonModuleOptions) {
  @Injectable()
  class OptionsFactory {
    createTsmonOptions(): TsmonModuleOptions {
      return options;
    }
  }
  return OptionsFactory;
}
