import { describe, expect, it } from 'vitest';
import { outcomeOf } from '../../../lib/monitors/cloud-monitoring/write-reply.js';
import { IntGauge } from '../../../lib/metrics/gauge.js';
import { Registry } from '../../../lib/metrics/registry.js';
import { at, cell, hits, load, orderCells, queue } from './cells.js';
import { apiError, type ErrorForm } from './fake-cloud-monitoring.js';
import { monitorOf, send, startServer } from './monitors.js';
import { NOT_WRITTEN, summary, outcomeOfMessage } from './refusal-replies.js';

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

  it('that names first the series, and then each field, keeps its whole reason', () => {
    const why = (i: number): string =>
      `timeSeries[${i}]: Field timeSeries[${i}].points[0].value had an invalid value: A point has an unrecognized value type.`;
    const message = `${NOT_WRITTEN}${[4, 3, 5].map(why).join('; ')}`;
    expect(outcomeOfMessage(message, 6)).toMatchObject({
      written: 'all but',
      failures: new Map([4, 3, 5].map(i => [i, why(i)])),
    });
  });

  it('that failed in full has one reason for all cells', () => {
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

  it('if it counts nothing as written after a fault of the server', () => {
    const inTrouble = { ...summary(3, 0), errors: [{ status: { code: 13 }, pointCount: 3 }] };
    const { status, body } = apiError(400, 'INVALID_ARGUMENT', 'Something.', [inTrouble]);
    expect(outcomeOf({ status, body: JSON.stringify(body) }, 3)).toMatchObject({
      written: 'unknown',
    });
    expect(outcomeOfMessage('Something.', 3, [summary(3, 0)])).toMatchObject({
      written: 'nothing',
    });
  });

  it('for the named series if the server had a fault of its own', () => {
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
