import { HttpMetrics } from '../../../lib/http/server/http-metrics.js';
import { httpOptions, type HttpOptions } from '../../../lib/http/server/http-options.js';
import { Bucketer } from '../../../lib/metrics/bucketer.js';
import { Counter } from '../../../lib/metrics/counter.js';
import { CumulativeDistribution } from '../../../lib/metrics/cumulative-distribution.js';
import { IntGauge } from '../../../lib/metrics/gauge.js';
import type { Registry } from '../../../lib/metrics/registry.js';
import { recordInNewMetrics, type CallRecorder } from '../../../lib/track/call-recorder.js';
import type { TrackedCall } from '../../../lib/track/tracked-call.js';
import type { SeededRandom } from '../../support/seeded-random.js';

/** The cells of the gauge of the shop that housekeeping reports for the whole service, one for each item. */
export const GLOBAL_CELLS = 3;

const TENANTS = ['north', 'east', 'south', 'west', 'abroad'];
const ROBOT = 'GoogleHC/1.0';
const BROWSER = 'Mozilla/5.0';
const CARD_SHARE = 0.7;
const GIFT_SHARE = 0.2;
const MAX_QUANTITY = 5;
const PRICES = [20, 45, 180];
const BANK_MS = 50;

interface RequestKind {
  /** Of a hundred requests. */
  readonly percent: number;
  readonly route: string;
  readonly status: number;
  readonly userAgent?: string;
  readonly requestBytes?: number;
  readonly responseBytes: number;
  /** What the shop does beside answering. */
  readonly work: (shop: ShopMetrics, random: SeededRandom) => void;
}

/** What visitors of the shop do. */
const REQUESTS: readonly RequestKind[] = [
  visit(46, '/items', 200, shop => shop.called('findAll')),
  visit(35, '/items/:name', 200, shop => shop.called('find')),
  visit(1, '/items/:name', 404, shop => shop.called('find', 'error')),
  { ...visit(4, '/items', 200, shop => shop.called('findAll')), userAgent: ROBOT },
  { ...visit(3, '/items/:name', 200, shop => shop.called('find')), userAgent: ROBOT },
  visit(2, '', 404, () => {}),
  order(6.5, 201, (shop, random) => shop.sell(random)),
  order(1.5, 402, (shop, random) => shop.refuse(random)),
  order(0.5, 409, shop => shop.took('error')),
  order(0.5, 400, () => {}),
];

/** The metrics that the sample application declares, in a registry of their own, and what requests to it record. */
export class ShopMetrics {
  private readonly http: HttpMetrics;
  private readonly itemsService: CallRecorder;
  private readonly payment: CallRecorder;
  private readonly orders: Counter<{ status: 'string'; quantity: 'int'; gift: 'bool' }>;
  private readonly orderValues: CumulativeDistribution;
  private readonly openOrders: IntGauge;
  private readonly addsTenants: boolean;

  constructor(registry: Registry, http: HttpOptions = {}) {
    this.http = new HttpMetrics(registry, httpOptions.check(http, 'http'));
    this.addsTenants = http.fields !== undefined;
    this.itemsService = recordInNewMetrics(
      'shop/items_service',
      { description: 'Calls of the items service.', registry },
      ['outcome', 'method'],
    );
    this.payment = recordInNewMetrics(
      'shop/payment',
      {
        description: 'Payments asked for.',
        fields: { method: 'string' },
        map: ({ args: [, method] }) => ({ method: method as string }),
        registry,
      },
      ['outcome'],
    );
    this.orders = new Counter('shop/orders', {
      description: 'Orders, placed or refused.',
      fields: { status: 'string', quantity: 'int', gift: 'bool' },
      registry,
    });
    this.orderValues = new CumulativeDistribution('shop/order_values', {
      description: 'What customers paid for an order.',
      bucketer: Bucketer.geometric(2, 16),
      registry,
    });
    this.openOrders = new IntGauge('shop/open_orders', {
      description: 'Orders that wait for their payment.',
      registry,
    });
  }

  /** Records one request. */
  serve(random: SeededRandom): void {
    const { route, status, userAgent = BROWSER, work, ...bytes } = drawn(random);
    work(this, random);
    this.http.record({
      status,
      name: route,
      userAgent,
      durationMs: 2 + random.next() * (route === '/orders' ? BANK_MS : 3),
      requestBytes: bytes.requestBytes ?? 0,
      responseBytes: bytes.responseBytes,
      ...(this.addsTenants && { added: [random.oneOf(TENANTS)] }),
    });
  }

  /** Sets what the callbacks of the shop set before each flush. */
  beforeFlush(): void {
    this.openOrders.set(0);
  }

  /** Records a call of the items service. */
  called(method: string, outcome: TrackedCall['outcome'] = 'ok'): void {
    this.itemsService.record(call(method, outcome, 0.1), undefined);
  }

  /** Records that items were taken, if there were enough. To take an item is to find it first. */
  took(outcome: TrackedCall['outcome']): void {
    this.called('find');
    this.called('take', outcome);
  }

  sell(random: SeededRandom): void {
    this.took('ok');
    const { quantity, gift } = basket(random);
    this.pay(random.next() < CARD_SHARE ? 'card' : 'invoice', 'ok', random);
    this.orders.add(1, { status: 'placed', quantity, gift });
    this.orderValues.add(quantity * random.oneOf(PRICES));
  }

  refuse(random: SeededRandom): void {
    this.took('ok');
    const { quantity, gift } = basket(random);
    this.pay('card', 'error', random);
    this.called('find');
    this.called('putBack');
    this.orders.add(1, { status: 'refused', quantity, gift });
  }

  private pay(method: string, outcome: TrackedCall['outcome'], random: SeededRandom): void {
    const durationMs = random.next() * BANK_MS;
    this.payment.record({ ...call('charge', outcome, durationMs), args: [1, method] }, undefined);
  }
}

function visit(
  percent: number,
  route: string,
  status: number,
  work: RequestKind['work'],
): RequestKind {
  return { percent, route, status, responseBytes: status === 200 ? 120 : 80, work };
}

function order(percent: number, status: number, work: RequestKind['work']): RequestKind {
  return { ...visit(percent, '/orders', status, work), requestBytes: 45 };
}

function call(method: string, outcome: TrackedCall['outcome'], durationMs: number): TrackedCall {
  return { method, args: [], durationMs, outcome } as TrackedCall;
}

/** Most orders are of one item. */
function basket(random: SeededRandom): { quantity: number; gift: boolean } {
  const quantity = 1 + Math.floor(MAX_QUANTITY * random.next() ** 3);
  return { quantity, gift: random.next() < GIFT_SHARE };
}

function drawn(random: SeededRandom): RequestKind {
  let left = random.next() * 100;
  return REQUESTS.find(({ percent }) => (left -= percent) < 0) ?? REQUESTS[0]!;
}
