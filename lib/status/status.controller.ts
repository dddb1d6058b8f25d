import { Readable } from 'node:stream';
import { Injectable, StreamableFile } from '@nestjs/common';
import { TsmonService } from '../flush/tsmon.service.js';
import { log } from '../log.js';
import { OwnWork } from '../own-work.js';
import { PROMETHEUS_CONTENT_TYPE } from '../prometheus/prometheus-text.js';
import { InternalRoutes, type RouteAnswer, type RouteRequest } from '../routes/internal-routes.js';
import { FLUSH_TOKEN_HEADER, FlushToken } from './flush-token.js';
import { InstancesReader } from './instances-reader.js';
import { StatusPage } from './page/status-page.js';
import { isSameOrigin } from './same-origin.js';
import { statusJson } from './status-json.js';
import { statusPrometheus } from './status-prometheus.js';
import { StatusSettings } from './status-settings.js';
import { StatusSource } from './status-source.js';

/**
 * Where an instance tells what it has recorded, and how it exports.
 *
 * @publicApi
 */
export const STATUS_PATH = '/internal/tsmon';

const FORMATS = new Map([
  ['json', { type: 'application/json; charset=utf-8', pieces: statusJson }],
  ['prometheus', { type: PROMETHEUS_CONTENT_TYPE, pieces: statusPrometheus }],
]);

/** The page is nobody else's: no site may frame it, open it as its own, or be told where one came from. */
const PAGE_HEADERS = {
  'X-Frame-Options': 'DENY',
  'Referrer-Policy': 'same-origin',
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Resource-Policy': 'same-origin',
};
/** One address answers with either. */
const VARY = { Vary: 'Accept' };

/** Answers the routes of the status. */
@Injectable()
export class StatusController {
  private readonly ownWork = new OwnWork();
  private page: Promise<StatusPage> | undefined;

  constructor(
    private readonly source: StatusSource,
    private readonly instances: InstancesReader,
    private readonly service: TsmonService,
    private readonly token: FlushToken,
    private readonly settings: StatusSettings,
    private readonly routes: InternalRoutes,
  ) {}

  /** Mounts the routes, before the application's own. */
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
        { method: 'get', path: STATUS_PATH, answer: request => this.tell(request) },
        { method: 'get', path: `${STATUS_PATH}/instances`, answer: () => this.tellInstances() },
        { method: 'post', path: `${STATUS_PATH}/flush`, answer: request => this.flush(request) },
      ],
      auth,
      authOption: 'status.auth',
      controller: StatusController,
      refusal: 'Those whom status.auth lets in may see the status.',
      failure: 'The status could not be told.',
    });
  }

  private async tell({ query, headers }: RouteRequest): Promise<RouteAnswer> {
    const name = query.get('format') ?? (accepts(headers.accept, 'text/html') ? 'html' : 'json');
    if (name === 'html') {
      return this.tellAsPage();
    }
    const format = FORMATS.get(name);
    if (!format) {
      const names = ['html', ...FORMATS.keys()].join(', ').replace(/, (?=\w+$)/, ' or ');
      return { status: 400, body: { error: `There is no such format. Use ${names}.` } };
    }
    const pieces = await format.pieces(this.source.status(), this.source);
    // Bytes, not objects: then what waits for a slow client is bounded.
    const stream = Readable.from(pieces, { objectMode: false });
    return { status: 200, body: new StreamableFile(stream, { type: format.type }), headers: VARY };
  }

  private async tellAsPage(): Promise<RouteAnswer> {
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

  private async tellInstances(): Promise<RouteAnswer> {
    const report = await this.instances.read();
    return report
      ? { status: 200, body: report }
      : {
          status: 501,
          body: {
            error: `${this.instances.allocatorName} cannot tell the instances: it has no method instances().`,
          },
        };
  }

  /** It costs a flush, and so is not for other sites to begin through the browser of someone who may. */
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

/** Browsers name what they accept; clients of programs mostly accept everything, and are not given a page. */
function accepts(header: string | undefined, type: string): boolean {
  return (header ?? '').split(',').some(range => {
    const [name = '', ...parameters] = range.split(';').map(part => part.trim().toLowerCase());
    return name === type && !parameters.some(parameter => /^q=0(\.0*)?$/.test(parameter));
  });
}
