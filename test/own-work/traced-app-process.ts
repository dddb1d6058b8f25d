import 'reflect-metadata';
import { once } from 'node:events';
import { get } from 'node:http';
import { Datastore } from '@google-cloud/datastore';
import { Controller, Get } from '@nestjs/common';
import { SpanKind } from '@opentelemetry/api';
import { systemClock } from '../../lib/clock/clock.js';
import {
  Counter,
  IntGauge,
  registerCallback,
  registerGlobalCallback,
  TsmonModule,
} from '../../lib/entry/index.js';
import { GoogleTokens } from '../../lib/routes/google-tokens.js';
import { ACCOUNT, AUDIENCE } from '../routes/fake-google.js';
import { startApp, type HttpPlatform } from '../support/test-app.js';
import type { BackendUrls } from './backends.js';
import { monitorsOfApp } from './monitors-of-app.js';
import { exporter } from './tracing.js';

const urls = JSON.parse(process.env.BACKENDS!) as BackendUrls;
const datastore = new Datastore();
const orders = new Counter('shop/orders');
const stock = new IntGauge('shop/stock');
const customers = new IntGauge('shop/customers');

/** What the application asks of others, in all the ways that are traced. */
async function callOthers(): Promise<void> {
  await (await fetch(urls.tokens)).text();
  const [response] = (await once(get(urls.tokens), 'response')) as [NodeJS.ReadableStream];
  await once(response.resume(), 'end');
}

@Controller('orders')
class OrdersController {
  @Get()
  async order(): Promise<string> {
    orders.add(1);
    await callOthers();
    await datastore.get(datastore.key(['Order', 1]));
    return 'ordered';
  }
}

registerCallback(async () => {
  await callOthers();
  stock.set(1);
});
registerGlobalCallback('customers', [customers], async () => {
  await callOthers();
  customers.set(1);
});

const { app, url } = await startApp(
  {
    imports: [
      TsmonModule.forRoot({
        datastore,
        taskNumbers: { selfAssign: true },
        monitor: monitorsOfApp(urls),
        settings: async () => {
          await callOthers();
          return {};
        },
        http: { client: true },
        housekeeping: {
          cron: false,
          auth: { oidc: { audience: AUDIENCE, serviceAccounts: [ACCOUNT] } },
        },
        status: { enabled: true, auth: 'none' },
      }),
    ],
    controllers: [OrdersController],
  },
  process.env.PLATFORM as HttpPlatform,
  () => {},
  builder =>
    builder
      .overrideProvider(GoogleTokens)
      .useValue(new GoogleTokens(systemClock, urls.certificates)),
);
process.once('SIGTERM', () => void end());
process.stdout.write(`listens on ${url}\n`);

async function end(): Promise<void> {
  await app.close();
  const spans = exporter.getFinishedSpans();
  const names = new Map(spans.map(span => [span.spanContext().spanId, nameOf(span)]));
  const shown = spans.map(span => {
    const parent = span.parentSpanContext && names.get(span.parentSpanContext.spanId);
    return parent === undefined ? nameOf(span) : `${nameOf(span)} in ${parent}`;
  });
  process.stdout.write(`spans: ${JSON.stringify(shown)}\n`);
  process.exit();
}

function nameOf({ kind, name, attributes }: ReturnType<typeof exporter.getFinishedSpans>[number]) {
  const path = attributes['http.target'] ?? attributes['url.path'] ?? '';
  return `${SpanKind[kind]} ${name} ${String(path)}`.trim();
}
