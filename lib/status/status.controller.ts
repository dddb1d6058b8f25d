import { Readable } from 'node:stream';
import { Injectable, Logger, StreamableFile } from '@nestjs/common';
import { PROMETHEUS_CONTENT_TYPE } from '../monitors/prometheus/prometheus-text.js';
import { InternalRoutes, type RouteAnswer } from '../routes/internal-routes.js';
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

/** Answers the status route. */
@Injectable()
export class StatusController {
  private readonly logger = new Logger('Tsmon');

  constructor(
    private readonly source: StatusSource,
    private readonly settings: StatusSettings,
    private readonly routes: InternalRoutes,
  ) {}

  /** Mounts the route, before the application's own. */
  async mount(): Promise<void> {
    const { enabled, auth } = this.settings;
    if (!enabled || !this.routes.isServing) {
      return;
    }
    if (auth === 'closed') {
      this.logger.warn(
        `Nobody may call ${STATUS_PATH}: status.auth is 'closed'. Set it to { guard }.`,
      );
    }
    await this.routes.mount({
      path: STATUS_PATH,
      auth,
      authOption: 'status.auth',
      controller: StatusController,
      refusal: 'Those whom status.auth lets in may see the status.',
      failure: 'The status could not be told.',
      answer: query => this.answer(query.get('format') ?? 'json'),
    });
  }

  private async answer(formatName: string): Promise<RouteAnswer> {
    const format = FORMATS.get(formatName);
    if (!format) {
      const names = [...FORMATS.keys()].join(' or ');
      return { status: 400, body: { error: `There is no such format. Use ${names}.` } };
    }
    const pieces = await format.pieces(this.source.status(), this.source);
    // Bytes, not objects: then what waits for a slow client is bounded.
    const stream = Readable.from(pieces, { objectMode: false });
    return { status: 200, body: new StreamableFile(stream, { type: format.type }) };
  }
}
