import 'reflect-metadata';
import { deepStrictEqual, strictEqual } from 'node:assert';
import { HOUSEKEEPING_PATH, STATUS_PATH, TsmonService } from 'nestjs-tsmon';
import { createApplication } from './create-application.js';
import { AppModule } from './app.module.js';
import { monitor } from './monitor.js';

/** Of each metric the cells as they were sent last: their fields, and their value. */
function lastSent(metricName: string): unknown[] {
  const cells = monitor.calls
    .flatMap(call => call.cells)
    .filter(({ metric }) => metric.name === metricName)
    .map(({ fieldValues, value }) => [JSON.stringify(fieldValues), value] as const);
  return [...new Map(cells)].toSorted();
}

async function main(): Promise<void> {
  const app = await createApplication(AppModule);
  await app.listen(0, '127.0.0.1');
  const { port } = app.getHttpServer().address() as { port: number };
  const request = async (method: string, path: string): Promise<number> => {
    const response = await fetch(`http://127.0.0.1:${port}${path}`, {
      method,
      headers: { accept: 'text/html' },
    });
    await response.arrayBuffer();
    return response.status;
  };

  strictEqual(await request('POST', '/orders/1'), 201);
  strictEqual(await request('POST', '/orders/1'), 201);
  strictEqual(await request('POST', '/orders/7'), 201);
  strictEqual(await request('GET', '/orders/2'), 200);
  strictEqual(await request('GET', '/orders/3'), 404);
  strictEqual(await request('GET', '/nothing'), 404);
  strictEqual(await request('GET', HOUSEKEEPING_PATH), 403);
  strictEqual(await request('GET', STATUS_PATH), 200);

  const { outcome, reasons } = await app.get(TsmonService).flush();
  deepStrictEqual({ outcome, reasons }, { outcome: 'sent', reasons: [] });
  deepStrictEqual(lastSent('shop/orders'), [
    ['[1,false]', 2],
    ['[7,false]', 1],
  ]);
  deepStrictEqual(lastSent('shop/place/count'), [['["ok"]', 3]]);
  deepStrictEqual(lastSent('shop/find/count'), [
    ['["error"]', 1],
    ['["ok"]', 1],
  ]);
  deepStrictEqual(lastSent('http/server_response_status'), [
    ['[200,"/internal/tsmon",false]', 1],
    ['[200,"/orders/:id",false]', 1],
    ['[201,"/orders/:size",false]', 3],
    ['[403,"/internal/cron/ts_mon/housekeeping",false]', 1],
    ['[404,"",false]', 1],
    ['[404,"/orders/:id",false]', 1],
  ]);
  const services = monitor.calls.flatMap(({ cells }) =>
    cells.map(({ target }) => target.labels().service_name),
  );
  deepStrictEqual([...new Set(services)], ['shop-of-consumers']);

  strictEqual(await request('POST', '/orders/7'), 201);
  await app.close();
  deepStrictEqual(lastSent('shop/place/count'), [['["ok"]', 4]]);
  strictEqual(monitor.closed, true);
}

void main();
