import type { IncomingHttpHeaders } from 'node:http';
import type { StreamableFile, Type } from '@nestjs/common';
import type { HttpAdapterHost } from '@nestjs/core';
import type { Clock } from '../clock/clock.js';
import type { RouteAuth } from '../routes/route-auth.js';
import { RouteGuard } from '../routes/route-guard.js';
import type { RouteGuards } from '../routes/route-guards.js';
import { SeldomLog } from '../routes/seldom-log.js';

/** What was asked. */
export interface StatusRequest {
  readonly query: URLSearchParams;
  readonly headers: IncomingHttpHeaders;
}

/** An object as JSON, or a body that is sent as it is produced. */
export interface StatusAnswer {
  readonly status: number;
  readonly body: object | StreamableFile;
  readonly headers?: Readonly<Record<string, string>>;
}

/** One of the routes of the status. */
export interface StatusRoute {
  readonly method: 'get' | 'post';
  readonly path: string;
  answer(request: StatusRequest): StatusAnswer | Promise<StatusAnswer>;
}

const FAILURE = 'The status could not be told.';
const FAILURES_EVERY_SEC = 30;
const HEADERS = { 'Cache-Control': 'no-store', 'X-Content-Type-Options': 'nosniff' };

/** Mounts the routes of the status on the HTTP server itself, all behind one guard. */
export class StatusRoutes {
  private readonly failures: SeldomLog;

  constructor(
    private readonly adapterHost: HttpAdapterHost,
    private readonly guards: RouteGuards,
    clock: Clock,
  ) {
    this.failures = new SeldomLog(clock, FAILURES_EVERY_SEC);
  }

  /** False in an application without HTTP, where nothing can be mounted. */
  get isServing(): boolean {
    return Boolean(this.adapterHost.httpAdapter);
  }

  /** @param controller the class that the guard is told. */
  async mount(
    routes: readonly [StatusRoute, ...StatusRoute[]],
    auth: RouteAuth,
    controller: Type,
  ): Promise<void> {
    const guard = new RouteGuard(await this.guards.guardOf(auth, routes[0].path), controller);
    for (const route of routes) {
      this.adapterHost.httpAdapter[route.method](
        route.path,
        (request: unknown, response: unknown) => this.handle(route, guard, request, response),
      );
    }
  }

  private async handle(
    route: StatusRoute,
    guard: RouteGuard,
    request: unknown,
    response: unknown,
  ): Promise<void> {
    const { status, body, headers } = await this.answer(route, guard, request, response);
    const { httpAdapter } = this.adapterHost;
    try {
      for (const [name, value] of Object.entries({ ...HEADERS, ...headers })) {
        httpAdapter.setHeader(response, name, value);
      }
      await httpAdapter.reply(response, body, status);
    } catch (error) {
      this.failures.error(`${route.path} could not answer.`, error);
    }
  }

  private async answer(
    route: StatusRoute,
    guard: RouteGuard,
    request: unknown,
    response: unknown,
  ): Promise<StatusAnswer> {
    try {
      return (await guard.letsIn(request, response))
        ? await route.answer({
            query: this.queryOf(request),
            headers: (request as { headers: IncomingHttpHeaders }).headers,
          })
        : { status: 403, body: { error: 'Those whom status.auth lets in may see the status.' } };
    } catch (error) {
      this.failures.error(FAILURE, error);
      return { status: 500, body: { error: `${FAILURE} The log says why.` } };
    }
  }

  /** Read from the URL itself: what the platform makes of a query depends on the application's parser. */
  private queryOf(request: unknown): URLSearchParams {
    const url = String(this.adapterHost.httpAdapter.getRequestUrl(request));
    const start = url.indexOf('?');
    return new URLSearchParams(start === -1 ? '' : url.slice(start));
  }
}
