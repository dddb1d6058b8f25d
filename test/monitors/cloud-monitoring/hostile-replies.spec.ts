import { describe, expect, it } from 'vitest';
import {
  kindOfPointFailure,
  kindOfRefusal,
} from '../../../lib/monitors/cloud-monitoring/failure-kinds.js';
import {
  outcomeOf,
  type WriteOutcome,
} from '../../../lib/monitors/cloud-monitoring/write-reply.js';
import { exportError } from '../../../lib/monitors/opentelemetry/export-error.js';

const NOT_WRITTEN = 'One or more TimeSeries could not be written: ';
const COUNT = 200;
/** A reply as long as the connection takes one. */
const LONGEST = 4_000_000;

// Work that grows by the square of a text would take hours for each of these, and by far exceed the time of a test.
describe('a reply of Cloud Monitoring as long as replies may be', () => {
  it('of blanks alone means that all was written', () => {
    expect(outcomeOf({ status: 200, body: ' '.repeat(LONGEST) }, COUNT)).toMatchObject({
      written: 'all but',
      failures: new Map(),
    });
  });

  it.each([' ', ';', ' :', '\n'])('of many %j before something else is no success', blank => {
    const body = `${blank.repeat(LONGEST / blank.length)}x`;
    expect(outcomeOf({ status: 200, body }, COUNT).written).toBe('unknown');
  });

  it('keeps its reason, whatever blanks it contains', () => {
    const why = `a${' '.repeat(LONGEST)}b`;
    const outcome = outcomeOfMessage(`${NOT_WRITTEN} : ${why} :: timeSeries[3];`);
    // Compared by hand: to show how texts of this length differ takes for ever.
    expect(outcome.written === 'all but' && outcome.failures.get(3) === why).toBe(true);
  });

  it('that names time series again and again contradicts itself', () => {
    const ranges = Array.from({ length: LONGEST / 6 }, () => '0-199').join(',');
    expect(outcomeOfMessage(`${NOT_WRITTEN}why: timeSeries[${ranges}]`).written).toBe('unknown');
  });

  it.each(['distribution ', 'project ', ' ', 'Value type', 'timeSeries['])(
    'that repeats %j has a meaning',
    text => {
      const long = text.repeat(LONGEST / text.length);
      expect(kindOfPointFailure(long, 'p').advice.length).toBeLessThan(1000);
      expect(kindOfRefusal(400, long, 'p').advice.length).toBeLessThan(1000);
      expect(outcomeOfMessage(`${NOT_WRITTEN}${long}`).written).toBe('unknown');
    },
  );

  it.each([
    ['first', 'more frequently than the maximum sampling period', ''],
    ['last', '', 'more frequently than the maximum sampling period'],
  ])('is understood if its message stands %s', (_, first, last) => {
    const text = `${first}${'label '.repeat(100_000)}${last}`;
    expect(kindOfPointFailure(text, 'p').action).toBe('retry');
  });
});

describe('an answer to an exporter of OpenTelemetry', () => {
  it('is read only at its beginning, and shortened', () => {
    const error = exportError({ message: 'Bad', data: ` ${'a \u0001'.repeat(LONGEST)}` });
    expect(error.message).toMatch(/^OpenTelemetry's exporter failed: Bad: a a a/);
    expect(error.message.length).toBeLessThan(600);
  });
});

function outcomeOfMessage(message: string): WriteOutcome {
  const body = JSON.stringify({ error: { code: 400, status: 'INVALID_ARGUMENT', message } });
  return outcomeOf({ status: 400, body }, COUNT);
}
