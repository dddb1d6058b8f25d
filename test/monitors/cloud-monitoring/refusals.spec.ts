import { describe, expect, it } from 'vitest';
import { kindOfPointFailure } from '../../../lib/monitors/cloud-monitoring/failure-kinds.js';
import { outcomeOf } from '../../../lib/monitors/cloud-monitoring/write-reply.js';
import { Counter } from '../../../lib/metrics/counter.js';
import { IntGauge } from '../../../lib/metrics/gauge.js';
import { Registry } from '../../../lib/metrics/registry.js';
import { Task } from '../../../lib/targets/task.js';
import { at, cell, hits, load, orderCells, orders, queue } from './cells.js';
import { apiError, type ErrorForm } from './fake-cloud-monitoring.js';
import { logged, monitorOf, send, startServer } from './monitors.js';
import { reasonToRetry } from '../reason-to-retry.js';

const NOT_WRITTEN = 'One or more TimeSeries could not be written: ';

function summary(total: number, success: number): Record<string, unknown> {
  return {
    '@type': 'type.googleapis.com/google.monitoring.v3.CreateTimeSeriesSummary',
    totalPointCount: total,
    ...(success > 0 && { successPointCount: success }),
    errors: [{ status: { code: 9 }, pointCount: total - success }],
  };
}

function outcomeOfMessage(message: string, count: number, details: unknown[] = []): unknown {
  const { status, body } = apiError(400, 'INVALID_ARGUMENT', message, details);
  return outcomeOf({ status, body: JSON.stringify(body) }, count);
}

describe('F4 a partial failure', () => {
  it.each<[ErrorForm, boolean]>([
    ['trailing', true],
    ['trailing', false],
    ['with resource', true],
    ['with resource', false],
    ['leading', true],
    ['leading', false],
  ])(
    'in the form "%s", with counts: %s, names what was not written, and why',
    async (form, counts) => {
      const server = await startServer();
      server.errorForm = form;
      server.withSummary = counts;
      server.declare('custom.googleapis.com/shop/queue', 'CUMULATIVE', 'INT64');
      const monitor = monitorOf(server);
      await send(monitorOf(server), [cell(hits, 1)], at(9));
      const cells = [cell(load, 1), cell(hits, 2), cell(queue, 3), ...orderCells(7)];
      const { rejected } = await send(monitor, cells, at(10));
      expect(rejected).toEqual([
        { index: 1, reason: expect.stringContaining('less than 5 s') as string, outcome: 'retry' },
        { index: 2, reason: expect.stringContaining('another kind') as string, outcome: 'refused' },
      ]);
      expect(server.seriesOf('shop/orders')).toHaveLength(7);
      expect(server.requests).toHaveLength(2);
    },
  );

  it('is not sent again as a whole: the next flush carries what was not written, dated anew', async () => {
    const server = await startServer();
    const monitor = monitorOf(server);
    await send(monitorOf(server), [cell(queue, 1)], at(8));
    const { rejected } = await send(monitor, [cell(hits, 1), cell(queue, 2)], at(10));
    expect(rejected).toMatchObject([{ index: 1, outcome: 'retry' }]);
    expect(await send(monitor, [cell(queue, 2)], at(14.1))).toEqual({ rejected: [] });
    expect(server.seriesOf('shop/hits')).toHaveLength(1);
  });

  it('with a count that equals the names leaves all others accepted', () => {
    const message = `${NOT_WRITTEN}Internal error encountered. Please retry after a few seconds. If internal errors persist, contact support at https://cloud.google.com/support/docs.: timeSeries[0-16,25-44,46-74]; Unknown metric: agent.googleapis.com/system.swap.page_faults: timeSeries[45]`;
    const outcome = outcomeOfMessage(message, 80, [summary(80, 13)]) as {
      failures: Map<number, string>;
    };
    expect(outcome.failures.size).toBe(67);
    expect(outcome.failures.get(45)).toBe(
      'Unknown metric: agent.googleapis.com/system.swap.page_faults',
    );
    expect(outcome.failures.get(16)).toMatch(/^Internal error/);
    expect(outcome.failures.has(17)).toBe(false);
  });

  it('that names first, and then each field, has its reason whole', () => {
    const why = (i: number): string =>
      `timeSeries[${i}]: Field timeSeries[${i}].points[0].value had an invalid value: A point has an unrecognized value type.`;
    const message = `${NOT_WRITTEN}${[4, 3, 5].map(why).join('; ')}`;
    expect(outcomeOfMessage(message, 6)).toMatchObject({
      written: 'all but',
      failures: new Map([4, 3, 5].map(i => [i, why(i)])),
    });
  });

  it('that failed in full has the reason for all', () => {
    const outcome = outcomeOfMessage(`${NOT_WRITTEN}Unrecognized region or location.`, 2, [
      summary(2, 0),
    ]);
    expect(outcome).toMatchObject({ written: 'all but', failedSurely: true });
    expect([...(outcome as { failures: Map<number, string> }).failures.keys()]).toEqual([0, 1]);
  });
});

describe('F7 a reply of Cloud Monitoring leaves the outcome unknown', () => {
  const early =
    'One or more points were written more frequently than the maximum sampling period configured for the metric.';

  it.each<[string, string, number, unknown[]?]>([
    ['names four, and counts two', `${early}: timeSeries[0-3]`, 4, [summary(4, 2)]],
    ['names a group of which it counts one', `${early}: timeSeries[0-36]`, 50, [summary(50, 49)]],
    ['counts more than it names', `${early}: timeSeries[1]`, 3, [summary(3, 1)]],
    ['counts all, and names some', `${early}: timeSeries[1]`, 3, [summary(3, 0)]],
    ['counts all as written', `${early}: timeSeries[1]`, 3, [summary(3, 3)]],
    ['counts all as written, and names none', early, 3, [summary(3, 3)]],
    ['counts some, and names none', early, 3, [summary(3, 2)]],
    ['counts more points than were sent', `${early}: timeSeries[1]`, 3, [summary(4, 3)]],
    ['counts fewer points than were sent', `${early}: timeSeries[1]`, 3, [summary(2, 1)]],
    ['counts more written than it was sent', `${early}: timeSeries[1]`, 3, [summary(3, 4)]],
    ['counts halves', `${early}: timeSeries[1]`, 3, [summary(3, 2.5)]],
    ['counts in words', `${early}: timeSeries[1]`, 1, [{ ...summary(1, 0), totalPointCount: 'x' }]],
    [
      'has errors that do not add up to its counts',
      `${early}: timeSeries[1]`,
      3,
      [{ ...summary(3, 2), errors: [{ status: { code: 9 }, pointCount: 2 }] }],
    ],
    ['has two summaries', `${early}: timeSeries[1]`, 3, [summary(3, 2), summary(3, 2)]],
    ['names one twice', `${early}: timeSeries[1]; Other: timeSeries[0-1]`, 3],
    ['names what was not sent', `${early}: timeSeries[1,3]`, 3],
    ['blames what was not sent', 'Field timeSeries[3] had an invalid value', 3],
    ['names backwards', `${early}: timeSeries[2-1]`, 3],
    ['names endlessly', `${early}: timeSeries[1-999999999999]`, 3],
    ['names half', `${early}: timeSeries[1]; Other: timeSeries[0-`, 3],
    ['names by a letter', `${early}: timeSeries[1]; Other: timeSeries[a]`, 3],
    ['names nothing between commas', `${early}: timeSeries[1,,]`, 3],
    ['names a dash', `${early}: timeSeries[-]`, 3],
    ['tells neither names nor counts', 'Something.', 3],
  ])('that %s', (_, text, count, details = []) => {
    expect(outcomeOfMessage(NOT_WRITTEN + text, count, details)).toMatchObject({
      written: 'unknown',
    });
  });

  it('that quotes the words of a partial failure from a label', () => {
    const message = `Field timeSeries[1].metric.labels[a] had an invalid value of "${NOT_WRITTEN}"`;
    expect(outcomeOfMessage(message, 3)).toMatchObject({ written: 'unknown' });
  });

  it.each([
    ['500 instead of 400', 500, 400, 'INVALID_ARGUMENT'],
    ['500 inside', 400, 500, 'INVALID_ARGUMENT'],
    ['13 inside', 403, 13, 'PERMISSION_DENIED'],
    ['INTERNAL inside', 400, 400, 'INTERNAL'],
    ['a word that nobody knows inside', 400, 400, 'WHATEVER'],
    ['200', 200, 400, 'INVALID_ARGUMENT'],
    ['408', 408, 408, 'DEADLINE_EXCEEDED'],
    ['409', 409, 409, 'ABORTED'],
    ['499', 499, 499, 'CANCELLED'],
    ['302', 302, 403, 'PERMISSION_DENIED'],
  ])('with the status %s', (_, status, code, name) => {
    for (const message of ['No.', `${NOT_WRITTEN}${early}: timeSeries[0]`]) {
      const body = JSON.stringify({ error: { code, message, status: name } });
      expect(outcomeOf({ status, body }, 2)).toMatchObject({ written: 'unknown' });
    }
  });

  it('that counts nothing as written, after trouble of its own', () => {
    const inTrouble = { ...summary(3, 0), errors: [{ status: { code: 13 }, pointCount: 3 }] };
    const { status, body } = apiError(400, 'INVALID_ARGUMENT', 'Something.', [inTrouble]);
    expect(outcomeOf({ status, body: JSON.stringify(body) }, 3)).toMatchObject({
      written: 'unknown',
    });
    expect(outcomeOfMessage('Something.', 3, [summary(3, 0)])).toMatchObject({
      written: 'nothing',
    });
  });

  it('for the named ones where the server had trouble of its own', () => {
    const message = `${NOT_WRITTEN}${early}: timeSeries[1]`;
    const inTrouble = {
      ...summary(3, 2),
      errors: [{ status: { code: 13 }, pointCount: 1 }],
    };
    expect(outcomeOfMessage(message, 3, [inTrouble])).toMatchObject({
      written: 'all but',
      failures: new Map([[1, early]]),
      failedSurely: false,
    });
    const { body } = apiError(500, 'INTERNAL', message, [summary(3, 2)]);
    expect(outcomeOf({ status: 500, body: JSON.stringify(body) }, 3)).toMatchObject({
      written: 'all but',
      failedSurely: false,
    });
  });

  it('that only names what failed, where a label looks like such a name', async () => {
    const server = await startServer();
    server.withSummary = false;
    server.errorForm = 'leading';
    const metric = new IntGauge('m/spoof', {
      registry: new Registry(),
      fields: { text: 'string' },
    });
    await send(monitorOf(server), [cell(metric, 1, ['timeSeries[0]'])], at(8));
    const cells = [cell(load, 1), cell(metric, 2, ['timeSeries[0]'])];
    await expect(send(monitorOf(server), cells, at(10))).rejects.toThrow('It is not known what');
    server.withSummary = true;
    await expect(send(monitorOf(server), cells, at(16))).resolves.toEqual({ rejected: [] });
  });

  it('for those cells alone that the contradictory one of several requests was about', async () => {
    const server = await startServer();
    server.answers = [
      { status: 200, body: {} },
      apiError(400, 'INVALID_ARGUMENT', `${NOT_WRITTEN}${early}: timeSeries[0-3]`, [
        summary(200, 198),
      ]),
      apiError(403, 'PERMISSION_DENIED', 'No.'),
      { status: 200, body: {} },
    ];
    const { rejected } = await send(monitorOf(server), orderCells(800), at(1));
    expect(rejected.map(({ index, outcome }) => [index, outcome])).toEqual(
      Array.from({ length: 600 }, (_, i) => [200 + i, i < 200 ? 'unknown' : 'retry']),
    );
    expect(server.requests).toHaveLength(3);
  });

  it('for the rest of a request that was sent again without its culprits, which are refused', async () => {
    const server = await startServer();
    server.answers = [
      apiError(400, 'INVALID_ARGUMENT', 'Field timeSeries[1] had an invalid value'),
      apiError(503, 'UNAVAILABLE', 'Not now.'),
    ];
    const { rejected } = await send(monitorOf(server), orderCells(3), at(1));
    expect(rejected.map(({ index, outcome }) => [index, outcome])).toEqual([
      [1, 'refused'],
      [0, 'unknown'],
      [2, 'unknown'],
    ]);
  });
});

describe('the texts of the API', () => {
  it.each([
    [
      'One or more points were written more frequently than the maximum sampling period configured for the metric. {Metric: x, Timestamps: {Youngest Existing: "a", New: "b"}}',
      'retry',
    ],
    [
      'Points must be written in order. One or more of the points specified had an older start time than the most recent point.',
      'drop',
    ],
    [
      'Points must be written in order. One or more of the points specified had an older end time than the most recent point.',
      'retry',
    ],
    [
      'Field timeSeries[3] had an invalid value: Duplicate TimeSeries encountered. Only one point can be written per TimeSeries per request.',
      'drop',
    ],
    [
      'Field timeSeries[0].points[0].interval.start_time had an invalid value of "x": The start time must be before the end time (y) for the non-gauge metric z',
      'retry',
    ],
    [
      'Field timeSeries[0].metric.type had an invalid value of "x": The metric type must be a URL-formatted string with a domain and non-empty path.',
      'drop',
    ],
    [
      'Metrics cannot be written to cloud_run_revision. See https://cloud.google.com/monitoring/custom-metrics/creating-metrics#which-resource for a list of writable resource types.',
      'stop',
    ],
    ['Unrecognized region or location.', 'stop'],
    [
      'Internal error encountered. Please retry after a few seconds. If internal errors persist, contact support.',
      'unclear',
    ],
    ['An internal error occurred.', 'unclear'],
    ['Monitored resource has too many time series (custom metrics).', 'drop'],
    ['Distribution |explicit_buckets.bounds| does not have at least one entry', 'drop'],
    [
      'Metric kind for metric custom.googleapis.com/billing must be GAUGE, but is CUMULATIVE.',
      'drop',
    ],
    [
      'Value type for metric custom.googleapis.com/x conflicts with the existing value type (INT64).',
      'drop',
    ],
    ['Unrecognized metric labels: [a]', 'drop'],
    ['Field timeSeries[1].metric.labels[a] had an invalid value of "x"', 'drop'],
    ['Something new about billing of a project that was not found', 'drop'],
    ['UNAVAILABLE: The service is currently unavailable.', 'unclear'],
  ])('%s: %s', (text, fate) => {
    const kind = kindOfPointFailure(text, 'my-shop');
    expect(kind.fate).toBe(fate);
    expect(kind.advice.length).toBeLessThan(400);
  });
});

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

  it('is not sent for ever', async () => {
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

it('many different reasons do not flood the log of a flush', async () => {
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
