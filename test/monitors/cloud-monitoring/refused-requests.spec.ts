import { describe, expect, it } from 'vitest';
import { Counter } from '../../../lib/metrics/counter.js';
import { IntGauge } from '../../../lib/metrics/gauge.js';
import { Registry } from '../../../lib/metrics/registry.js';
import { Task } from '../../../lib/targets/task.js';
import { at, cell, hits, orderCells, orders, queue } from './cells.js';
import { apiError } from './fake-cloud-monitoring.js';
import { logged, monitorOf, send, startServer } from './monitors.js';
import { reasonToRetry } from '../reason-to-retry.js';
import { NOT_WRITTEN } from './refusal-replies.js';

describe('a request that is refused as a whole', () => {
  it('is sent again without the point that was to blame', async () => {
    const server = await startServer();
    const blame =
      'Field timeSeries[1].metric.labels[status] had an invalid value of "x": not in my house.';
    server.answers = [apiError(400, 'INVALID_ARGUMENT', blame), { status: 200, body: {} }];
    const { rejected } = await send(monitorOf(server), orderCells(3), at(1));
    expect(rejected).toEqual([
      {
        index: 1,
        reason: expect.stringContaining('not in my house') as string,
        outcome: 'refused',
      },
    ]);
    expect(server.requests).toHaveLength(2);
    expect(server.requests[1]!.size).toBeLessThan(server.requests[0]!.size);
  });

  it('is not sent again without end', async () => {
    const server = await startServer();
    server.answers = [
      apiError(400, 'INVALID_ARGUMENT', 'Field timeSeries[0] had an invalid value'),
    ];
    const { rejected } = await send(monitorOf(server), orderCells(50), at(1));
    expect(rejected.map(({ index, outcome }) => [index, outcome])).toEqual(
      Array.from({ length: 50 }, (_, i) => [i, i < 3 ? 'refused' : 'retry']),
    );
    expect(rejected[49]!.reason).toContain('invalid value');
    expect(server.requests).toHaveLength(4);
  });

  const enable = `Cloud Monitoring API has not been used in project 123 before or it is disabled. Enable it by visiting https://console.developers.google.com/apis/api/monitoring.googleapis.com/overview?project=123 then retry.`;
  it.each([
    [
      apiError(
        403,
        'PERMISSION_DENIED',
        'Permission monitoring.timeSeries.create denied (or the resource may not exist).',
      ),
      'Grant it roles/monitoring.metricWriter',
    ],
    [
      apiError(403, 'PERMISSION_DENIED', enable),
      'gcloud services enable monitoring.googleapis.com --project=my-shop',
    ],
    [
      apiError(403, 'PERMISSION_DENIED', 'No.', [
        { '@type': 'type.googleapis.com/google.rpc.ErrorInfo', reason: 'SERVICE_DISABLED' },
      ]),
      'gcloud services enable',
    ],
    [
      apiError(403, 'PERMISSION_DENIED', 'Request had insufficient authentication scopes.'),
      'monitoring.write',
    ],
    [
      apiError(403, 'PERMISSION_DENIED', 'This API method requires billing to be enabled.', [
        { reason: 'BILLING_DISABLED' },
      ]),
      'no active billing account',
    ],
    [apiError(401, 'UNAUTHENTICATED', 'Request is missing credentials.'), 'not accepted'],
    [apiError(404, 'NOT_FOUND', 'Project my-shop not found'), 'there is no project "my-shop"'],
    [
      apiError(
        400,
        'INVALID_ARGUMENT',
        'Field name had an invalid value of "projects/x": no project',
      ),
      'there is no project',
    ],
    [
      apiError(400, 'INVALID_ARGUMENT', 'Metrics cannot be written to generic_task.'),
      'not writable',
    ],
    [
      { status: 404, body: '<html>nothing here</html>' },
      'Check the options endpoint and projectId',
    ],
    [{ status: 403, body: '' }, 'it answered 403: nothing'],
  ])(
    'for good: one call a flush, one line in the log, and nothing lost: %j',
    async (answer, words) => {
      const server = await startServer();
      const { warnings, errors } = logged();
      server.answers = [answer];
      const monitor = monitorOf(server);
      for (const sec of [1, 20]) {
        expect(await reasonToRetry(send(monitor, orderCells(450), at(sec)))).toContain(words);
      }
      expect(server.requests).toHaveLength(2);
      expect(errors).toEqual([expect.stringContaining(words)]);
      expect(warnings).toEqual([]);
      server.answers = [];
      expect(await send(monitor, orderCells(450), at(40))).toEqual({ rejected: [] });
      server.answers = [answer];
      expect(await reasonToRetry(send(monitor, orderCells(1), at(60)))).toContain(words);
      expect(errors).toHaveLength(2);
    },
  );

  it('F7 stops the flush whose signal it had, and not another one with the same end time', async () => {
    const server = await startServer();
    logged();
    server.answers = [apiError(403, 'PERMISSION_DENIED', 'No.'), { status: 200, body: {} }];
    const monitor = monitorOf(server);
    const { signal } = new AbortController();
    await reasonToRetry(monitor.send(orderCells(1), at(10), signal));
    await reasonToRetry(monitor.send([cell(hits, 1)], at(10), signal));
    expect(server.requests).toHaveLength(1);
    expect(await send(monitor, [cell(queue, 1)], at(10))).toEqual({ rejected: [] });
    expect(server.requests).toHaveLength(2);
  });

  it.each([
    [apiError(503, 'UNAVAILABLE', 'The service is currently unavailable.'), 'answered 503'],
    [apiError(500, 'INTERNAL', 'Internal error encountered.'), 'internal error'],
    [apiError(504, 'DEADLINE_EXCEEDED', 'Deadline expired.'), 'answered 504'],
    [{ status: 502, body: `<html>${'x'.repeat(100_000)}</html>` }, 'answered 502'],
  ])('perhaps: the outcome is unknown, and no person is called: %#', async (answer, words) => {
    const server = await startServer();
    const { errors } = logged();
    server.answers = [answer];
    const failure: unknown = await send(monitorOf(server), orderCells(2), at(1)).catch(
      (error: unknown) => error,
    );
    expect(String(failure)).toContain(words);
    expect(String(failure).length).toBeLessThan(500);
    expect(errors).toEqual([]);
    expect(server.requests).toHaveLength(1);
  });

  it.each([
    [apiError(429, 'RESOURCE_EXHAUSTED', "Quota exceeded for quota metric 'Time series'"), 'quota'],
    [{ status: 429, body: '' }, 'answered 429'],
    [apiError(400, 'INVALID_ARGUMENT', 'Request contains an invalid argument.'), 'answered 400'],
  ])('for now: surely nothing was written, and no person is called: %#', async (answer, words) => {
    const server = await startServer();
    const { errors } = logged();
    server.answers = [answer];
    expect(await reasonToRetry(send(monitorOf(server), orderCells(2), at(1)))).toContain(words);
    expect(errors).toEqual([]);
    expect(server.requests).toHaveLength(1);
  });

  it('in one of several requests rejects the cells of that one', async () => {
    const server = await startServer();
    server.answers = [
      { status: 200, body: {} },
      apiError(503, 'UNAVAILABLE', 'Not now.'),
      { status: 200, body: {} },
    ];
    const { rejected } = await send(monitorOf(server), orderCells(450), at(1));
    expect(rejected.map(({ index }) => index)).toEqual(
      Array.from({ length: 200 }, (_, i) => 200 + i),
    );
    expect(new Set(rejected.map(({ outcome }) => outcome))).toEqual(new Set(['unknown']));
  });
});

describe('a location that the API does not know', () => {
  const nowhere = new Task({ serviceName: 's', jobName: 'j', dataCenter: 'moon-east1' });

  it('stops the flush where nothing can be written', async () => {
    const server = await startServer();
    const { errors } = logged();
    expect(
      await reasonToRetry(send(monitorOf(server), [cell(hits, 1, [], nowhere)], at(1))),
    ).toContain('Set dataCenter of the target');
    expect(errors).toHaveLength(1);
  });

  it('stops only its own cells where others are written', async () => {
    const server = await startServer();
    const { errors } = logged();
    const cells = [cell(hits, 1, [], nowhere), cell(hits, 1)];
    const { rejected } = await send(monitorOf(server), cells, at(1));
    expect(rejected).toMatchObject([{ index: 0, outcome: 'refused' }]);
    expect(errors).toHaveLength(1);
  });
});

it('a metric whose kind was changed is refused alone, and named in the log once', async () => {
  const server = await startServer();
  const { warnings } = logged();
  await send(monitorOf(server), [cell(queue, 1)], at(1));
  const changed = new Counter('shop/queue', { registry: new Registry() });
  const monitor = monitorOf(server);
  for (const sec of [20, 40]) {
    const { rejected } = await send(
      monitor,
      [cell(changed, 1), cell(orders, 1, ['a', 1, true])],
      at(sec),
    );
    expect(rejected).toMatchObject([{ index: 0, outcome: 'refused' }]);
  }
  expect(warnings).toEqual([expect.stringMatching(/"shop\/queue".*Rename the metric/)]);
});

it('many different reasons make few log lines in a flush', async () => {
  const server = await startServer();
  const metric = new IntGauge('m/many', { registry: new Registry(), fields: { i: 'int' } });
  const cells = Array.from({ length: 200 }, (_, i) => cell(metric, i, [i]));
  const texts = cells.map((_, i) => `Strange thing number ${i}: timeSeries[${i}]`);
  server.answers = [apiError(400, 'INVALID_ARGUMENT', NOT_WRITTEN + texts.join('; '))];
  const { warnings } = logged();
  const { rejected } = await send(monitorOf(server), cells, at(1));
  expect(rejected).toHaveLength(200);
  expect(new Set(rejected.map(({ reason }) => reason)).size).toBeLessThan(20);
  expect(warnings).toHaveLength(1);
});
