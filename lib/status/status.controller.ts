import { Readable } from 'node:stream';
import { Injectable, StreamableFile } from '@nestjs/common';
import { TsmonService } from '../flush/tsmon.service.js';
import { log } from '../log.js';
import { OwnWork } from '../own-work.js';
import { OPEN_METRICS, PLAIN_TEXT, type TextFormat } from '../prometheus/text-format.js';
import { InternalRoutes, type RouteAnswer, type RouteRequest } from '../routes/internal-routes.js';
import { FLUSH_TOKEN_HEADER, FlushToken } from './flush-token.js';
import { InstancesReader } from './instances-reader.js';
import { StatusPage } from './page/status-page.js';
import { asksForOpenMetrics, requestedFormat } from './requested-format.js';
import { isSameOrigin } from './same-origin.js';
import { statusJson } from './status-json.js';
import { statusPrometheus } from './status-prometheus.js';
import type { InstanceStatus } from './status-report.js';
import { StatusSettings } from './status-settings.js';
import { StatusReader } from './status-reader.js';

/**
 * The path of the status page: what an instance has recorded, and how it exports.
 *
 * @publicApi
 */
export const STATUS_PATH = '/internal/tsmon';

interface StatusFormat {
  readonly type: string;
  pieces(
    status: InstanceStatus,
    reader: StatusReader,
  ): AsyncIterable<string> | Promise<AsyncIterable<string>>;
}

const textFormat = (format: TextFormat): StatusFormat => ({
  type: format.contentType,
  pieces: (status, reader) => statusPrometheus(status, reader, format),
});

const FORMATS = new Map<string, StatusFormat>([
  ['json', { type: 'application/json; charset=utf-8', pieces: statusJson }],
  ['prometheus', textFormat(PLAIN_TEXT)],
]);
const OPEN_METRICS_FORMAT = textFormat(OPEN_METRICS);

/** Isolates the page from other sites: they cannot frame it, control its window, load it or see its address. */
const PAGE_HEADERS = {
  'X-Frame-Options': 'DENY',
  'Referrer-Policy': 'same-origin',
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Resource-Policy': 'same-origin',
};
/** The same address answers with a page, with JSON or with text. */
const VARY = { Vary: 'Accept' };

/**
 * Answers the status routes. They are mounted on the HTTP adapter, not routed by Nest, so that no global prefix, guard or
 * filter of the application changes them.
 */
@Injectable()
export class StatusController {
  private readonly ownWork = new OwnWork();
  private page: Promise<StatusPage> | undefined;

  constructor(
    private readonly reader: StatusReader,
    private readonly instances: InstancesReader,
    private readonly service: TsmonService,
    private readonly token: FlushToken,
    private readonly settings: StatusSettings,
    private readonly routes: InternalRoutes,
  ) {}

  /** Mounts the routes. Call it before the application registers its own routes. */
  async mount(): Promise<void> {
    const { enabled, auth } = this.settings;
    if (!enabled || !this.routes.isServing) {
      return;
    }
    if (auth === 'closed') {
      log.warn(
        `Nobody may call ${STATUS_PATH}: status.auth is 'closed'. Set it to { oidc } or { guard }.`,
      );
    }
    await this.routes.mount({
      routes: [
        { method: 'get', path: STATUS_PATH, answer: request => this.answerStatus(request) },
        { method: 'get', path: `${STATUS_PATH}/instances`, answer: () => this.answerInstances() },
        { method: 'post', path: `${STATUS_PATH}/flush`, answer: request => this.flush(request) },
      ],
      auth,
      authOption: 'status.auth',
      controller: StatusController,
      refusal: 'Only callers that status.auth allows may see the status.',
      failure: 'The status could not be read.',
    });
  }

  private async answerStatus({ query, headers }: RouteRequest): Promise<RouteAnswer> {
    const name = query.get('format') ?? requestedFormat(headers.accept);
    if (name === 'html') {
      return this.answerPage();
    }
    const format = asksForOpenMetrics(query.get('format'), headers.accept)
      ? OPEN_METRICS_FORMAT
      : FORMATS.get(name);
    if (!format) {
      const names = ['html', ...FORMATS.keys()].join(', ').replace(/, (?=\w+$)/, ' or ');
      return { status: 400, body: { error: `There is no such format. Use ${names}.` } };
    }
    const pieces = await format.pieces(this.reader.status(), this.reader);
    // Byte mode limits what is buffered for a slow client.
    const stream = Readable.from(pieces, { objectMode: false });
    return { status: 200, body: new StreamableFile(stream, { type: format.type }), headers: VARY };
  }

  private async answerPage(): Promise<RouteAnswer> {
    this.page ??= this.ownWork.run(() =>
      StatusPage.load().catch((error: unknown) => {
        this.page = undefined;
        throw error;
      }),
    );
    const page = await this.page;
    const html = Buffer.from(page.html(this.token.make()));
    return {
      status: 200,
      body: new StreamableFile(html, { type: 'text/html; charset=utf-8', length: html.length }),
      headers: {
        ...PAGE_HEADERS,
        ...VARY,
        'Content-Security-Policy': page.contentSecurityPolicy,
      },
    };
  }

  private async answerInstances(): Promise<RouteAnswer> {
    const report = await this.instances.read();
    return report
      ? { status: 200, body: report }
      : {
          status: 501,
          body: {
            error: `${this.instances.allocatorName} cannot list the instances: it has no method instances().`,
          },
        };
  }

  /** Flushes. Refuses requests from other sites: they could use the browser of an allowed user. */
  private async flush({ headers }: RouteRequest): Promise<RouteAnswer> {
    if (!isSameOrigin(headers)) {
      return { status: 403, body: { error: 'A page of another site may not flush.' } };
    }
    if (!this.token.isValid(headers[FLUSH_TOKEN_HEADER])) {
      return {
        status: 403,
        body: {
          error: `The header ${FLUSH_TOKEN_HEADER} has no token of this instance, or an old one: reload the page.`,
        },
      };
    }
    return { status: 200, body: await this.service.flush() };
  }
}
