import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import {
  microsOf,
  requestFault,
  seriesFault,
  streamOf,
  type ReceivedPoint,
  type ReceivedSeries,
} from './series-rules.js';

/** An answer that is not that of the rules. */
export type Answer = { status: number; body: unknown } | 'hang' | 'hang up';

/** The forms in which the API has named failures over the years. */
export type ErrorForm = 'trailing' | 'with resource' | 'leading';

interface Failure {
  readonly index: number;
  readonly text: string;
  readonly code: number;
}

/** A server that keeps the rules of `projects.timeSeries.create`, and refuses with its texts. */
export class FakeCloudMonitoring {
  readonly requests: { path: string; headers: IncomingMessage['headers']; size: number }[] = [];
  /** The points of each stream, in the order in which they were written. */
  readonly streams = new Map<string, ReceivedPoint[]>();
  readonly written: ReceivedSeries[] = [];
  readonly refused: string[] = [];
  errorForm: ErrorForm = 'trailing';
  withSummary = true;
  nowMicros = (): number => Date.now() * 1000;
  /** Given instead of what the rules say, one a request; the last stays. */
  answers: Answer[] = [];
  private readonly descriptors = new Map<string, { metricKind: string; valueType: string }>();
  private readonly server: Server = createServer((request, response) => {
    this.answer(request, response).catch((error: unknown) => response.destroy(error as Error));
  });

  async start(): Promise<this> {
    this.server.listen(0, '127.0.0.1');
    await once(this.server, 'listening');
    return this;
  }

  get endpoint(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  get connections(): Promise<number> {
    return new Promise(resolve => this.server.getConnections((_, count) => resolve(count)));
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    this.server.close();
    await once(this.server, 'close');
  }

  /** A descriptor that is there already. */
  declare(type: string, metricKind: string, valueType: string): void {
    this.descriptors.set(type, { metricKind, valueType });
  }

  /** The series of a metric, in the order in which they were written. */
  seriesOf(name: string): ReceivedSeries[] {
    return this.written.filter(({ metric }) => metric.type.endsWith(`/${name}`));
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const parts: Buffer[] = [];
    for await (const part of request as AsyncIterable<Buffer>) {
      parts.push(part);
    }
    const body = Buffer.concat(parts).toString();
    this.requests.push({ path: request.url!, headers: request.headers, size: body.length });
    const given = this.answers.length > 1 ? this.answers.shift() : this.answers[0];
    const answer = given ?? this.answerByTheRules(request, body);
    if (answer === 'hang') {
      return;
    }
    if (answer === 'hang up') {
      response.destroy();
      return;
    }
    response.statusCode = answer.status;
    response.end(typeof answer.body === 'string' ? answer.body : JSON.stringify(answer.body));
  }

  private answerByTheRules(request: IncomingMessage, body: string): Answer {
    if (!/^Bearer ./.test(request.headers.authorization ?? '')) {
      return apiError(401, 'UNAUTHENTICATED', 'Request had invalid authentication credentials.');
    }
    if (request.url !== '/v3/projects/my-shop/timeSeries' || request.method !== 'POST') {
      return { status: 404, body: '<html>Not found</html>' };
    }
    const { timeSeries } = JSON.parse(body) as { timeSeries: ReceivedSeries[] };
    const fault = requestFault(timeSeries);
    if (fault !== undefined) {
      this.refused.push(fault);
      return apiError(400, 'INVALID_ARGUMENT', fault);
    }
    const failures = timeSeries.flatMap((series, index) => this.write(series, index));
    return failures.length === 0
      ? { status: 200, body: {} }
      : this.partialFailure(timeSeries, failures);
  }

  private write(series: ReceivedSeries, index: number): Failure[] {
    const invalid = seriesFault(series, this.nowMicros()) ?? this.kindFault(series);
    const points = this.streams.get(streamOf(series)) ?? [];
    const disorder = orderFault(series, points.at(-1));
    if (invalid !== undefined || disorder !== undefined) {
      const failure = { index, text: (invalid ?? disorder)!, code: invalid === undefined ? 9 : 3 };
      this.refused.push(failure.text);
      return [failure];
    }
    this.declare(series.metric.type, series.metricKind, series.valueType);
    this.streams.set(streamOf(series), [...points, series.points[0]]);
    this.written.push(series);
    return [];
  }

  private kindFault({ metric, metricKind, valueType }: ReceivedSeries): string | undefined {
    const known = this.descriptors.get(metric.type);
    if (known && known.metricKind !== metricKind) {
      return `Metric kind for metric ${metric.type} must be ${known.metricKind}, but is ${metricKind}.`;
    }
    return known && known.valueType !== valueType
      ? `Value type for metric ${metric.type} must be ${known.valueType}, but is ${valueType}.`
      : undefined;
  }

  private partialFailure(all: readonly ReceivedSeries[], failures: readonly Failure[]): Answer {
    const texts = failures.map(failure => this.describe(all[failure.index]!, failure));
    const summary = {
      '@type': 'type.googleapis.com/google.monitoring.v3.CreateTimeSeriesSummary',
      totalPointCount: all.length,
      ...(failures.length < all.length && { successPointCount: all.length - failures.length }),
      errors: failures.map(({ code }) => ({ status: { code }, pointCount: 1 })),
    };
    return apiError(
      400,
      'INVALID_ARGUMENT',
      `One or more TimeSeries could not be written: ${texts.join('; ')}`,
      this.withSummary ? [summary] : [],
    );
  }

  private describe({ metric, resource }: ReceivedSeries, { index, text }: Failure): string {
    switch (this.errorForm) {
      case 'trailing':
        return `${text}: timeSeries[${index}]`;
      case 'with resource':
        return `${text}: ${resource.type}${inBraces(resource.labels)} timeSeries[${index}]: ${metric.type}${inBraces(metric.labels)}`;
      case 'leading':
        return `timeSeries[${index}] (example metric.type="${metric.type}", metric.labels=${JSON.stringify(metric.labels)}): write for resource=${resource.type}${inBraces(resource.labels)} failed with: ${text}`;
    }
  }
}

/** An error as Google's APIs have it in JSON. */
export function apiError(
  code: number,
  status: string,
  message: string,
  details: readonly unknown[] = [],
): { status: number; body: unknown } {
  return {
    status: code,
    body: { error: { code, message, status, ...(details.length > 0 && { details }) } },
  };
}

function orderFault(
  { points: [point], metricKind }: ReceivedSeries,
  last: ReceivedPoint | undefined,
): string | undefined {
  if (!last) {
    return undefined;
  }
  const lastEnd = microsOf(last.interval.endTime);
  if (metricKind === 'CUMULATIVE' && point.interval.startTime !== last.interval.startTime) {
    if (microsOf(point.interval.startTime!) < lastEnd + 1000) {
      return 'Points must be written in order. One or more of the points specified had an older start time than the most recent point.';
    }
  }
  const end = microsOf(point.interval.endTime);
  if (end <= lastEnd) {
    return 'Points must be written in order. One or more of the points specified had an older end time than the most recent point.';
  }
  return end < lastEnd + 5e6
    ? `One or more points were written more frequently than the maximum sampling period configured for the metric. {Metric: x, Timestamps: {Youngest Existing: '${last.interval.endTime}', New: '${point.interval.endTime}'}}`
    : undefined;
}

function inBraces(labels: Readonly<Record<string, string>>): string {
  return `{${Object.entries(labels)
    .map(([key, value]) => `${key}:${value}`)
    .join(',')}}`;
}
