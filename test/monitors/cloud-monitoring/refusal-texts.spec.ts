import { describe, expect, it } from 'vitest';
import { kindOfPointFailure } from '../../../lib/monitors/cloud-monitoring/failure-kinds.js';

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
  ])('%s: %s', (text, action) => {
    const kind = kindOfPointFailure(text, 'my-shop');
    expect(kind.action).toBe(action);
    expect(kind.advice.length).toBeLessThan(400);
  });
});
