import { Logger, type StreamableFile, type Type } from '@nestjs/common';
import type { HttpAdapterHost } from '@nestjs/core';
import type { Clock } from '../clock/clock.js';
import type { RouteAuth } from './route-auth.js';
import { RouteGuard } from './route-guard.js';
import type { RouteGuards } from './route-guards.js';
import { SeldomLog } from './seldom-log.js';

/** What a route answers: an object as JSON, or a body that is sent as it is produced. */
export interface RouteAnswer {
  readonly status: number;
  readonly body: object | StreamableFile;
}

/** A route of this library: who may call it, and what it answers. */
export interface InternalRoute {
  readonly path: string;
  readonly auth: RouteAuth;
  /** The option that `auth` comes from, for messages: `status.auth`. */
  readonly authOption: string;
  /** The class that a guard is told. */
  readonly controller: Type;
  /** What those are told whom the guard does not let in. */
  readonly refusal: string;
  /** What is said when `answer` fails: `Housekeeping failed.` Only the log says why. */
  readonly failure: string;
  answer(query: URLSearchParams): RouteAnswer | Promise<RouteAnswer>;
}

/** Less than the minute from one run of housekeeping to the next. */
const FAILURES_EVERY_SEC = 30;
const HEADERS = { 'Cache-Control': 'no-store', 'X-Content-Type-Options': 'nosniff' };

/**
 * Mounts routes on the HTTP server itself: a route of Nest would move under the application's global prefix and
 * version, and behind its global guards, interceptors and filters.
 */
export class InternalRoutes {
  private readonly logger = new Logger('Tsmon');
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

  /** Mounts a route for GET. */
  async mount(route: InternalRoute): Promise<void> {
    const { path, auth, authOption, controller } = route;
    if (auth === 'none') {
      this.logger.warn(`Everybody may call ${path}, since ${authOption} is 'none'.`);
    }
    const guard = new RouteGuard(await this.guards.guardOf(auth, path), controller);
    this.adapterHost.httpAdapter.get(path, (request: unknown, response: unknown) =>
      this.handle(route, guard, request, response),
    );
  }

  private async handle(
    route: InternalRoute,
    guard: RouteGuard,
    request: unknown,
    response: unknown,
  ): Promise<void> {
    const { status, body } = await this.answer(route, guard, request, response);
    const { httpAdapter } = this.adapterHost;
    try {
      for (const [name, value] of Object.entries(HEADERS)) {
        httpAdapter.setHeader(response, name, value);
      }
      await httpAdapter.reply(response, body, status);
    } catch (error) {
      this.failures.error(`${route.path} could not answer.`, error);
    }
  }

  private async answer(
    route: InternalRoute,
    guard: RouteGuard,
    request: unknown,
    response: unknown,
  ): Promise<RouteAnswer> {
    try {
      return (await guard.letsIn(request, response))
        ? await route.answer(this.queryOf(request))
        : { status: 403, body: { error: route.refusal } };
    } catch (error) {
      this.failures.error(route.failure, error);
      return { status: 500, body: { error: `${route.failure} The log says why.` } };
    }
  }

  /** Read from the URL itself: what the platform makes of a query depends on the application's parser. */
  private queryOf(request: unknown): URLSearchParams {
    const url = String(this.adapterHost.httpAdapter.getRequestUrl(request));
    const start = url.indexOf('?');
    return new URLSearchParams(start === -1 ? '' : url.slice(start));
  }
}
