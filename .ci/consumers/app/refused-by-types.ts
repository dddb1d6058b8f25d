import type { TsmonModuleOptions } from 'nestjs-tsmon';
import { orders } from './orders.metrics.js';

/** Compiled, never called: types that were lost on the way to the application would accept all of it. */
export function refusedByTypes(): TsmonModuleOptions {
  // @ts-expect-error size is an int
  orders.add(1, { size: 'large', gift: false });
  // @ts-expect-error gift is missing
  orders.add(1, { size: 1 });
  // @ts-expect-error there is no such mode
  return { flush: { mode: 'never' } };
}
