import { Controller, Get, Post, Res, UseGuards, type CanActivate } from '@nestjs/common';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { HttpOptions } from '../../../lib/http/server/http-options.js';
import { log } from '../../../lib/log.js';
import { cells } from './cells.js';
import { ask, closeAfterEach, PLATFORMS, recordedRequests, serve, type Served } from './harness.js';
import { rawOf, type AnyResponse } from './held-answers.js';
import { answerTo } from './quick-servers.js';

const signIn: CanActivate = {
  canActivate(context) {
    const request = context.switchToHttp().getRequest<TenantRequest>();
    request.tenant = request.headers['x-tenant'];
    return request.tenant !== 'nobody';
  },
};

interface TenantRequest {
  readonly headers: Record<string, string | undefined>;
  tenant?: string | undefined;
}

@Controller('orders')
class OrdersController {
  @Get()
  @UseGuards(signIn)
  list(): string {
    return 'orders';
  }

  @Post()
  @UseGuards(signIn)
  create(): string {
    return 'created';
  }

  @Get('one/:id')
  one(): string {
    return 'one';
  }

  @Get('stream')
  @UseGuards(signIn)
  stream(@Res() response: AnyResponse): void {
    const raw = rawOf(response);
    raw.write('a');
    raw.end('b');
  }
}

const byTenant: HttpOptions = {
  fields: { method: 'string', tenant: 'string', large: 'bool', code: 'int' },
  fieldValues: (request: TenantRequest, response) => ({
    tenant: request.tenant ?? 'none',
    large: request.headers['x-large'] !== undefined,
    code: Math.floor(response.statusCode / 100),
  }),
};

describe.each(PLATFORMS)('http.fields on %s', platform => {
  closeAfterEach();

  const errors = vi.fn<(message: string, ...detail: [unknown?]) => void>();
  const acme = { 'x-tenant': 'acme' };

  beforeEach(() => {
    errors.mockClear();
    vi.spyOn(log, 'error').mockImplementation(errors);
  });

  afterEach(() => {
    vi.restoreAllMocks();
  });

  const orders = (http: HttpOptions): Promise<Served> =>
    serve(platform, { controllers: [OrdersController], http });

  const statuses = ({ registry }: Served): string[] =>
    cells(registry)
      .filter(cell => cell.startsWith('http/server_response_status '))
      .map(cell => cell.slice('http/server_response_status '.length));

  it('adds fields to each of the metrics, behind those of luci-go', async () => {
    const served = await orders(byTenant);
    await ask(served.port, '/orders', { headers: { ...acme, 'x-large': '1' } });
    await recordedRequests(served, 1);
    expect(cells(served.registry)).toEqual([
      'http/server_durations 200,/orders,false,GET,acme,true,2: 1',
      'http/server_request_bytes 200,/orders,false,GET,acme,true,2: 1',
      'http/server_response_bytes 200,/orders,false,GET,acme,true,2: 1',
      'http/server_response_status 200,/orders,false,GET,acme,true,2: 1',
    ]);
  });

  it('has a cell for each combination of values', async () => {
    const served = await orders(byTenant);
    await ask(served.port, '/orders', { headers: acme });
    await ask(served.port, '/orders', { headers: { 'x-tenant': 'blue' } });
    await ask(served.port, '/orders', { headers: acme, method: 'POST' });
    await ask(served.port, '/orders', { headers: acme });
    await recordedRequests(served, 4);
    expect(statuses(served)).toEqual([
      '200,/orders,false,GET,acme,false,2: 2',
      '200,/orders,false,GET,blue,false,2: 1',
      '201,/orders,false,POST,acme,false,2: 1',
    ]);
  });

  it('asks for the values of whatever happens to a request, with what guards have noted', async () => {
    const served = await orders(byTenant);
    await ask(served.port, '/nowhere', { headers: acme });
    await ask(served.port, '/orders', { headers: { 'x-tenant': 'nobody' } });
    await ask(served.port, '/orders/stream', { headers: acme });
    await ask(served.port, '/orders', {
      method: 'POST',
      headers: { ...acme, 'content-type': 'application/json' },
      body: '{"a":',
    });
    await ask(served.port, '/orders/one/%zz', { headers: acme });
    await recordedRequests(served, 5);
    // Fastify knows the route of a malformed body.
    const malformedBody = platform === 'express' ? '400,' : '400,/orders';
    expect(statuses(served).sort()).toEqual(
      [
        '400,,false,GET,none,false,4: 1',
        `${malformedBody},false,POST,none,false,4: 1`,
        '403,/orders,false,GET,nobody,false,4: 1',
        '404,,false,GET,none,false,4: 1',
        '200,/orders/stream,false,GET,acme,false,2: 1',
      ].sort(),
    );
    expect(errors).not.toHaveBeenCalled();
  });

  it('calls fieldValues once for each request, when the response has ended', async () => {
    const seen: unknown[] = [];
    const served = await orders({
      fields: { tenant: 'string' },
      fieldValues: ({ url }, { statusCode, getHeader }) => {
        seen.push([url, statusCode, typeof getHeader]);
        return { tenant: 'acme' };
      },
    });
    await ask(served.port, '/orders?a=1', { headers: acme });
    await ask(served.port, '/orders/stream', { headers: acme });
    await recordedRequests(served, 2);
    expect(seen).toEqual([
      ['/orders?a=1', 200, 'function'],
      ['/orders/stream', 200, 'function'],
    ]);
  });

  it('fills only method where there is no other, and calls what is not one of HTTP other', async () => {
    const served = await orders({ fields: { method: 'string' } });
    for (const method of ['HEAD', 'PROPFIND', 'OPTIONS']) {
      await ask(served.port, '/nowhere', { method });
    }
    await recordedRequests(served, 3);
    expect(statuses(served)).toEqual([
      '404,,false,HEAD: 1',
      '404,,false,OPTIONS: 1',
      '404,,false,other: 1',
    ]);
  });

  it('has no values for what Node answers by itself, but the method where it is known', async () => {
    const served = await orders(byTenant);
    expect(await answerTo(served.port, 'GARBAGE\r\n\r\n')).toContain('400');
    expect(await answerTo(served.port, 'GET /orders HTTP/1.1\r\n\r\n')).toContain('400');
    await recordedRequests(served, 2);
    expect(statuses(served)).toEqual([
      '400,,false,GET,,false,0: 1',
      '400,,false,other,,false,0: 1',
    ]);
  });

  it('R1 records without values where fieldValues throws, and logs that once', async () => {
    const served = await orders({
      ...byTenant,
      fieldValues: () => {
        throw new Error('broken');
      },
    });
    for (let i = 0; i < 3; i++) {
      expect((await ask(served.port, '/orders', { headers: acme })).status).toBe(200);
    }
    await recordedRequests(served, 3);
    expect(statuses(served)).toEqual(['200,/orders,false,GET,,false,0: 3']);
    expect(errors.mock.calls).toEqual([
      ['Option http.fieldValues failed. Its fields then have no value.', new Error('broken')],
    ]);
  });

  it('R1 records without values where fieldValues is asynchronous, and its rejection ends nothing', async () => {
    const served = await orders({
      ...byTenant,
      fieldValues: (async () => {
        throw new Error('rejected');
      }) as unknown as () => object as NonNullable<HttpOptions['fieldValues']>,
    });
    await ask(served.port, '/orders', { headers: acme });
    await recordedRequests(served, 1);
    expect(statuses(served)).toEqual(['200,/orders,false,GET,,false,0: 1']);
    expect(errors).toHaveBeenCalledTimes(1);
    expect(errors.mock.calls[0]![1]).toEqual(
      new TypeError('It must return an object and not a promise.'),
    );
  });

  it('R1 records a value that is missing or wrong as none, and logs each field once', async () => {
    const served = await orders({
      ...byTenant,
      fieldValues: () => ({ large: 'yes', code: 1.5, method: 'mine', other: 1 }),
    });
    await ask(served.port, '/orders', { headers: acme });
    await ask(served.port, '/orders', { headers: acme });
    await recordedRequests(served, 2);
    expect(statuses(served)).toEqual(['200,/orders,false,GET,,false,0: 2']);
    expect(errors.mock.calls.map(([message]) => message)).toEqual([
      'Option http.fieldValues must return a string as tenant, got undefined. The field is "" then.',
      'Option http.fieldValues must return true or false as large, got "yes". The field is false then.',
      'Option http.fieldValues must return a safe integer as code, got 1.5. The field is 0 then.',
    ]);
  });

  it('R3 keeps memory bounded whatever values there are', async () => {
    const served = await orders({
      fields: { tenant: 'string' },
      fieldValues: ({ url }) => ({ tenant: `${url}${'x'.repeat(10_000)}` }),
    });
    await ask(served.port, '/orders?1', { headers: acme });
    await recordedRequests(served, 1);
    const [status] = statuses(served);
    expect(status).toHaveLength('200,/orders,false,: 1'.length + 1024);
  });
});
