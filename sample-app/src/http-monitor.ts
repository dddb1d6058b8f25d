import type { Cell, Distribution, Monitor, SendResult } from 'nestjs-tsmon';

/**
 * A monitor of one's own: it POSTs cells as JSON,
 * `{"endTime":1767323105678901,"cells":[{"target":{"service_name":"shop",…},"metric":"shop/orders","cumulative":true,
 * "fields":{"status":"placed"},"startTime":1767323045678901,"value":3}]}`. Times are microseconds since the
 * epoch; gauges have no `startTime`.
 */
export class HttpMonitor implements Monitor {
  /** Keeps a request well below what servers accept. */
  readonly chunkSize = 500;

  constructor(private readonly url: string) {}

  /** The receiver takes all of the cells or none, so none of them is rejected alone. */
  async send(cells: readonly Cell[], endTime: number, signal: AbortSignal): Promise<SendResult> {
    const response = await fetch(this.url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ endTime, cells: cells.map(jsonCell) }),
      signal,
    });
    // Read in any case: a body that nobody reads keeps its connection busy.
    const answer = await response.text();
    if (!response.ok) {
      throw new Error(`${this.url} answered ${response.status} ${answer}`);
    }
    return { rejected: [] };
  }

  /** `fetch` closes its idle connections itself. */
  async close(): Promise<void> {}
}

function jsonCell({ metric, fieldValues, target, resetTime, value }: Cell): object {
  const { cumulative } = metric.kind;
  return {
    target: target.labels(),
    metric: metric.name,
    cumulative,
    fields: Object.fromEntries(metric.fields.names.map((name, i) => [name, fieldValues[i]])),
    startTime: cumulative ? resetTime : undefined,
    value: typeof value === 'object' ? jsonDistribution(value) : value,
  };
}

function jsonDistribution({ count, sum, bucketCounts }: Distribution): object {
  return { count, sum, bucketCounts };
}
