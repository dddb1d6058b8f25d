import { applyDecorators } from '@nestjs/common';
import { expect, it } from 'vitest';
import { Counter } from '../../lib/metrics/counter.js';
import { Registry } from '../../lib/metrics/registry.js';
import { TrackMetric } from '../../lib/track/track-metric.decorator.js';
import type { TrackedCall } from '../../lib/track/tracked-call.js';

// tsc compiles this file: a line marked @ts-expect-error that compiles after all is an error.

interface Order {
  readonly country: string;
}

const registry = new Registry();
const fields = { country: 'string' } as const;
const sold = new Counter('sold', { registry, fields });

const byOrder = {
  registry,
  fields,
  map: ({ args: [order] }: TrackedCall<[Order]>) => ({ country: order.country }),
};
const byResult = { map: ({ result = '' }: TrackedCall<[], string>) => ({ country: result }) };

class Shop {
  @TrackMetric('a', byOrder)
  order(order: Order, _amount: number): string {
    return order.country;
  }

  @TrackMetric(sold, byResult)
  async countryOf(order: Order): Promise<string> {
    return order.country;
  }

  @TrackMetric('b', { registry, fields, map: ({ method }) => ({ country: method }) })
  anything(..._some: number[]): void {}

  @(applyDecorators(TrackMetric('c', { registry })) as MethodDecorator)
  composed(): void {}

  // @ts-expect-error map expects an order, not a number
  @TrackMetric('d', byOrder)
  withNumber(_amount: number): void {}

  // @ts-expect-error map expects an argument
  @TrackMetric('e', byOrder)
  withoutArguments(): void {}

  // @ts-expect-error map expects a string as the result
  @TrackMetric(sold, byResult)
  async withOtherResult(): Promise<number> {
    return 1;
  }

  // @ts-expect-error there is no field city
  @TrackMetric('f', { registry, fields, map: () => ({ city: '' }) })
  withOtherFields(): void {}
}

@TrackMetric('g', { registry })
class Singleton {
  static readonly it = new Singleton();
  private constructor() {}
  call(): void {}
}

it('map of @TrackMetric gets the arguments and the result that it names', async () => {
  new Shop().order({ country: 'fr' }, 1);
  await new Shop().countryOf({ country: 'de' });
  Singleton.it.call();
  expect(sold.get({ country: 'de' })).toBe(1);
  const count = new Counter('a/count', {
    registry,
    fields: { ...fields, outcome: 'string' },
  });
  expect(count.get({ outcome: 'ok', country: 'fr' })).toBe(1);
});
