import type { FakeCloudMonitoring } from '../monitors/cloud-monitoring/fake-cloud-monitoring.js';
import type {
  Metric,
  OtlpRequest,
  OtlpServer,
  Point,
} from '../monitors/opentelemetry/otlp-server.js';

/** The orders of a service that Cloud Monitoring has, over all streams. Within a stream the last value counts. */
export function monitoredBy(monitoring: FakeCloudMonitoring, service: string): number {
  const streams = new Map<string, number>();
  for (const { resource, metric, points } of monitoring.seriesOf('orders_total')) {
    if (resource.labels['job'] === service) {
      const [{ interval, value }] = points;
      const stream = JSON.stringify([resource.labels, metric.labels, interval.startTime]);
      streams.set(stream, Number(value.doubleValue));
    }
  }
  return sumOf(streams);
}

/** The value or count of a metric of a service that a collector has, over all streams. */
export function collectedBy(
  { requests }: Pick<OtlpServer, 'requests'>,
  service: string,
  name: string,
): number {
  const streams = new Map<string, number>();
  for (const { resource, scopeMetrics } of requests.flatMap(each => each.resourceMetrics)) {
    const { attributes } = resource;
    if (
      attributes.some(
        ({ key, value }) => key === 'service.name' && value['stringValue'] === service,
      )
    ) {
      for (const metric of scopeMetrics.flatMap(({ metrics }) => metrics)) {
        for (const point of metric.name === name ? pointsOf(metric) : []) {
          const { startTimeUnixNano, count, asInt, asDouble } = point;
          const stream = JSON.stringify([attributes, point.attributes, startTimeUnixNano]);
          streams.set(stream, Number(count ?? asInt ?? asDouble));
        }
      }
    }
  }
  return sumOf(streams);
}

/** The names of the services that a request has metrics of. */
export function servicesOf({ resourceMetrics }: OtlpRequest): string[] {
  return resourceMetrics.flatMap(({ resource }) =>
    resource.attributes
      .filter(({ key }) => key === 'service.name')
      .map(({ value }) => String(value['stringValue'])),
  );
}

function pointsOf({ sum, histogram }: Metric): readonly Point[] {
  return (sum ?? histogram)?.dataPoints ?? [];
}

function sumOf(streams: ReadonlyMap<string, number>): number {
  return [...streams.values()].reduce((sum, value) => sum + value, 0);
}
