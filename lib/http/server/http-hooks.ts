import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AbstractHttpAdapter } from '@nestjs/core';
import type { Clock } from '../../clock/clock.js';
import { log } from '../../log.js';
import type { Election } from '../../flush/election.js';
import type { RequestsUnderWay } from '../../flush/requests-under-way.js';
import { AddedValues } from './added-values.js';
import { ConnectionCloser, type ConnectionHolder } from './connection-closer.js';
import { Exchange, type ExchangeHost } from './exchange.js';
import { installExpressHooks } from './express-hooks.js';
import { installFastifyHooks } from './fastify-hooks.js';
import type { HttpMetrics } from './http-metrics.js';
import type { HttpSettings } from './http-options.js';
import { NodeAnswers } from './node-answers.js';
import type { Observe, RouteOf } from './observe.js';
import { isProbe } from './probes.js';
import { isQueued, QueuedResponses } from './queued-responses.js';
import { preflightName, routeName } from './route-name.js';
import { markOf, markRequest, rawOf } from './skipped-requests.js';

const INSTALL: Readonly<Partial<Record<string, typeof installExpressHooks>>> = {
  express: installExpressHooks,
  fastify: installFastifyHooks,
};

/**
 * Watches every request of the HTTP server, also requests that a guard refuses, that match no route or that have a
 * malformed body. Elects a request when its response is about to end, records the request when the response has ended,
 * and closes connections on shutdown.
 */
export class HttpHooks implements ExchangeHost {
  readonly connections = new ConnectionCloser();
  private readonly queuedResponses = new QueuedResponses();
  private readonly addedValues: AddedValues;
  private readonly nodeAnswers = new NodeAnswers((status, request) =>
    this.answeredByNode(status, request),
  );
  private watchedInstance: object | undefined;
  private readonly ignoredPaths: ReadonlySet<string>;
  private readonly ignoredPatterns: readonly RegExp[];

  constructor(
    private readonly metrics: HttpMetrics,
    private readonly options: HttpSettings,
    readonly clock: Clock,
    private readonly election: Pick<Election, 'isDue' | 'elect' | 'electReluctantly'>,
    private readonly requests: Pick<RequestsUnderWay, 'begin' | 'end' | 'expect' | 'setWatched'>,
  ) {
    this.addedValues = new AddedValues(options.fields, options.fieldValues);
    this.ignoredPaths = new Set(options.ignore.filter(rule => typeof rule === 'string'));
    this.ignoredPatterns = options.ignore.filter(rule => typeof rule !== 'string');
  }

  /** Whether the requests of a platform can be watched, so that hooks elect them. */
  static watches(httpAdapter: AbstractHttpAdapter | undefined): boolean {
    return httpAdapter !== undefined && INSTALL[httpAdapter.getType()] !== undefined;
  }

  /**
   * Begins to watch. Does nothing without an HTTP server. Call it in `onModuleInit`; Nest calls `onModuleInit` again for each
   * microservice that is initialised later.
   */
  install(httpAdapter: AbstractHttpAdapter | undefined): void {
    if (!httpAdapter) {
      return;
    }
    this.requests.expect();
    const platform = String(httpAdapter.getType());
    const installOn = INSTALL[platform];
    if (!installOn) {
      log.warn(`There are no HTTP metrics on "${platform}", only on Express and Fastify.`);
      return;
    }
    this.requests.setWatched(electsAtEnd);
    const server: unknown = httpAdapter.getHttpServer();
    this.connections.watch(server as ConnectionHolder | undefined);
    this.watchServer(server);
    const instance = httpAdapter.getInstance<object>();
    if (instance !== this.watchedInstance) {
      installOn(instance, this.observe);
      this.watchedInstance = instance;
    }
  }

  /**
   * Closes idle connections now, and every other connection when its request has ended. Call it when the application begins
   * to shut down: the shutdown would otherwise wait until clients close their connections.
   */
  closeConnectionsAsRequestsEnd(): void {
    this.connections.closeAll();
  }

  private readonly observe: Observe = (request, response, routeOf) => {
    if (markOf(request)) {
      return undefined;
    }
    // Other servers may serve the application too.
    this.watchServer((request.socket as { server?: unknown } | undefined)?.server);
    const exchange = new Exchange(request, response, this);
    exchange.skipped = !this.isMeasured(request.url);
    markRequest(request, exchange);
    this.requests.begin();
    const inFlight = exchange.skipped ? undefined : this.metrics.inFlight;
    inFlight?.begin();
    const end = (): void => {
      inFlight?.end();
      this.endOf(exchange, request, response, routeOf);
    };
    // Node emits `close` after a complete response and after a broken connection, but not for a queued response.
    response.on('close', end);
    if (isQueued(request, response)) {
      this.queuedResponses.watch(request, response, () => {
        response.off('close', end);
        exchange.loseResponse();
        end();
      });
    }
    return exchange;
  };

  private endOf(
    exchange: Exchange,
    request: IncomingMessage,
    response: ServerResponse,
    routeOf: RouteOf,
  ): void {
    this.requests.end();
    this.connections.responseEnded(request);
    if (!exchange.skipped) {
      this.record(exchange, request, response, routeOf);
    }
    exchange.trail?.end();
  }

  get isFlushDue(): boolean {
    return this.election.isDue;
  }

  get keepsExemplars(): boolean {
    return this.metrics.keepsExemplars;
  }

  elect(exchange: Exchange): Promise<void> | undefined {
    const { election } = this;
    return this.isIgnored(exchange.url) || isProbe(exchange.userAgent(), exchange.url)
      ? election.electReluctantly()
      : election.elect();
  }

  private watchServer(server: unknown): void {
    if (this.options.enabled) {
      this.nodeAnswers.watch(server);
    }
  }

  /** Records a request that Node answered. If the request had reached the application, its exchange records it. */
  private answeredByNode(status: number, request: IncomingMessage | undefined): void {
    const mark = request && markOf(request);
    if (mark instanceof Exchange) {
      mark.answeredByNode(status);
    } else if (!mark && this.isMeasured(request?.url)) {
      this.metrics.recordStatus(status, this.addedValues.none(request?.method));
    }
  }

  private isMeasured(url: string | undefined): boolean {
    return this.options.enabled && !this.isIgnored(url);
  }

  private isIgnored(url = '/'): boolean {
    if (this.options.ignore.length === 0) {
      return false;
    }
    const path = url.split(/[?#]/, 1)[0]!;
    return this.ignoredPaths.has(path) || this.ignoredPatterns.some(rule => rule.test(path));
  }

  private record(
    exchange: Exchange,
    request: IncomingMessage,
    response: ServerResponse,
    routeOf: RouteOf,
  ): void {
    const status = exchange.status();
    const nameOf = exchange.isPreflight() ? preflightName : routeName;
    this.metrics.record({
      status,
      name: nameOf(routeOf(request, exchange), status),
      userAgent: exchange.userAgent(),
      added: this.addedValues.of(exchange.method, request, response),
      durationMs: exchange.durationMs(),
      span: exchange.span(),
      requestBytes: exchange.requestBytes(),
      responseBytes: exchange.responseBytes(),
    });
  }
}

/** Excludes upgrades: a connection that changes its protocol, for example to WebSocket, carries calls that are elected singly. */
function electsAtEnd(request: object): boolean {
  const mark = markOf(rawOf(request));
  return mark instanceof Exchange && !mark.asksForUpgrade();
}
