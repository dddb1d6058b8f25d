import type { IncomingHttpHeaders } from 'node:http';
import type { CanActivate, StreamableFile, Type } from '@nestjs/common';
import type { HttpAdapterHost } from '@nestjs/core';
import type { Clock } from '../clock/clock.js';
import { log } from '../log.js';
import { SeldomLog } from '../seldom-log.js';
import type { RouteAuth } from './route-auth.js';
import { guardAllows } from './guard-allows.js';
import type { GuardFactory } from './guard-factory.js';

/** The parts of a request that routes read. */
export interface RouteRequest {
  readonly query: URLSearchParams;
  readonly headers: IncomingHttpHeaders;
}

/** The answer of a route. A body is an object, which is sent as JSON, or a stream. */
export interface RouteAnswer {
  readonly status: number;
  readonly body: object | StreamableFile;
  readonly headers?: Readonly<Record<string, string>>;
}

/** A route of this library. */
interface InternalRoute {
  readonly method: 'get' | 'post';
  readonly path: string;
  answer(request: RouteRequest): RouteAnswer | Promise<RouteAnswer>;
}

/** Routes behind one guard, and the messages of their failures. */
interface GuardedRoutes {
  /** Messages name the first route. */
  readonly routes: readonly [InternalRoute, ...InternalRoute[]];
  readonly auth: RouteAuth;
  /** The option that `auth` comes from, for messages: `status.auth`. */
  readonly authOption: string;
  /** The class that the execution context of the guard names. */
  readonly controller: Type;
  /** The error in the body of a 403. */
  readonly refusal: string;
  /** The error in the body of a 500: `Housekeeping failed.` Only the log says why. */
  readonly failure: string;
}

/** Less than the minute from one run of housekeeping to the next. */
const FAILURES_EVERY_SEC = 30;
const HEADERS = { 'Cache-Control': 'no-store', 'X-Content-Type-Options': 'nosniff' };

/**
 * Mounts routes of the library on the HTTP adapter. If Nest routed them, the application's global prefix and version would
 * move them, and its global guards, interceptors and filters would apply to them.
 */
export class InternalRoutes {
  private readonly failures: SeldomLog;

  constructor(
    private readonly adapterHost: HttpAdapterHost,
    private readonly guardFactory: GuardFactory,
    clock: Clock,
  ) {
    this.failures = new SeldomLog(clock, FAILURES_EVERY_SEC);
  }

  /** False in an application without HTTP: it cannot have routes. */
  get isServing(): boolean {
    return Boolean(this.adapterHost.httpAdapter);
  }

  /** @throws Error when the guard needs a package that is missing, or when Nest cannot create the guard. */
  async mount(guarded: GuardedRoutes): Promise<void> {
    const { routes, auth, authOption } = guarded;
    const [{ path }] = routes;
    if (auth === 'none') {
      log.warn(`Everybody may call ${path}, since ${authOption} is 'none'.`);
    }
    const guard = await this.guardFactory.create(auth, path);
    for (const route of routes) {
      this.adapterHost.httpAdapter[route.method](
        route.path,
        async (request: unknown, response: unknown) => {
          const answer = await this.answer(guarded, route, guard, request, response);
          await this.reply(route.path, response, answer);
        },
      );
    }
  }

  private async answer(
    { controller, refusal, failure }: GuardedRoutes,
    route: InternalRoute,
    guard: CanActivate,
    request: unknown,
    response: unknown,
  ): Promise<RouteAnswer> {
    try {
      return (await guardAllows(guard, controller, request, response))
        ? await route.answer(this.requestOf(request))
        : { status: 403, body: { error: refusal } };
    } catch (error) {
      this.failures.error(failure, error);
      return { status: 500, body: { error: `${failure} The log says why.` } };
    }
  }

  private async reply(path: string, response: unknown, answer: RouteAnswer): Promise<void> {
    try {
      await this.send(response, answer);
    } catch (error) {
      this.failures.error(`${path} could not answer.`, error);
      // Without an answer the caller would wait until its timeout.
      const body = { error: `${path} could not answer. The log says why.` };
      await this.send(response, { status: 500, body }).catch(() => {});
    }
  }

  private async send(response: unknown, { status, body, headers }: RouteAnswer): Promise<void> {
    const { httpAdapter } = this.adapterHost;
    for (const [name, value] of Object.entries({ ...HEADERS, ...headers })) {
      httpAdapter.setHeader(response, name, value);
    }
    await httpAdapter.reply(response, body, status);
  }

  /** Reads the query from the URL itself: the platform's query depends on the parser that the application sets. */
  private requestOf(request: unknown): RouteRequest {
    const url = String(this.adapterHost.httpAdapter.getRequestUrl(request));
    const start = url.indexOf('?');
    return {
      query: new URLSearchParams(start === -1 ? '' : url.slice(start)),
      headers: (request as { headers: IncomingHttpHeaders }).headers,
    };
  }
}
