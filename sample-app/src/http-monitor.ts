import type { Cell, Distribution, Monitor, SendResult } from 'nestjs-tsmon';

/**
 * An example of a monitor of your own. It POSTs cells as JSON:
 * `{"endTime":1767323105678901,"cells":[{"target":{"service_name":"shop",…},"metric":"shop/orders","cumulative":true,
 * "fields":{"status":"placed"},"startTime":1767323045678901,"value":3}]}`. Times are microseconds since the
 * epoch; gauges have no `startTime`.
 */
export class HttpMonitor implements Monitor {
  /** Keeps a request well below what servers accept. */
  readonly chunkSize = 500;

  constructor(private readonly url: string) {}

  /** Sends cells. The receiver accepts all of them or none, so no single cell is ever rejected. */
  async send(cells: readonly Cell[], endTime: number, signal: AbortSignal): Promise<SendResult> {
    const response = await fetch(this.url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ endTime, cells: cells.map(jsonCell) }),
      signal,
    });
    // Reads the body even if it is not needed: an unread body keeps its connection busy.
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
