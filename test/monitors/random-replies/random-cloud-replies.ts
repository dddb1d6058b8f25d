import type { SeededRandom } from '../../support/seeded-random.js';
import { apiError, type Answer } from '../cloud-monitoring/fake-cloud-monitoring.js';

/** What a server does with a request, and what it says of that. */
export interface CloudReply {
  readonly written: (index: number) => boolean;
  readonly answer: Answer;
}

const EARLY =
  'One or more points were written more frequently than the maximum sampling period configured for the metric.';
const INTERNAL = 'Internal error encountered. Please retry after a few seconds.';
const SOME = 'One or more TimeSeries could not be written: ';

const nothing = (): boolean => false;

/** A reply to a request with `count` series: true, false in a way that can be seen, or no reply at all. */
export function randomCloudReply(random: SeededRandom, count: number): CloudReply {
  return random.oneOf([
    () => ({ written: () => true, answer: { status: 200, body: {} } }),
    () => ({ written: () => true, answer: { status: 200, body: {} } }),
    () => partial(random, count),
    () => partial(random, count),
    () => contradictory(random, count),
    () => contradictory(random, count),
    () => refusal(random, count),
    () => inTrouble(random, count),
    () => garbage(random, count),
  ])();
}

/** Tells the truth of the series that it has not written. */
function partial(random: SeededRandom, count: number): CloudReply {
  const failed = subset(random, count);
  if (failed.size === 0) {
    failed.add(random.below(count));
  }
  const isInternal = random.below(3) === 0;
  // It is told by the words, by the code, or by both.
  const [why, code] = isInternal
    ? random.oneOf([
        [INTERNAL, 9],
        [EARLY, 13],
        [INTERNAL, 13],
      ] as const)
    : ([EARLY, random.oneOf([3, 9])] as const);
  const names = named(random, why, [...failed]);
  const isCounted = isInternal || random.below(3) > 0;
  const details = isCounted ? [summary(count, count - failed.size, [code])] : [];
  const perhaps = subset(random, count);
  return {
    // With an error of its own a server may have written what it calls not written.
    written: index => !failed.has(index) || (isInternal && perhaps.has(index)),
    answer: random.oneOf([
      () => apiError(400, 'INVALID_ARGUMENT', SOME + names, details),
      () =>
        isInternal
          ? apiError(500, 'INTERNAL', SOME + names, details)
          : apiError(429, 'RESOURCE_EXHAUSTED', SOME + names, details),
    ])(),
  };
}

/** Names and counts something, and that differs. */
function contradictory(random: SeededRandom, count: number): CloudReply {
  for (;;) {
    const failed = [...subset(random, count)];
    const total = random.oneOf([count, count, count, count + 1, Math.max(0, count - 1)]);
    const written = random.below(total + 2) - (random.below(10) === 0 ? 1 : 0);
    const broken = random.oneOf([
      '',
      '',
      '',
      `; Other: timeSeries[${count}]`,
      `; Other: timeSeries[${failed[0] ?? 0}-`,
      '; Other: timeSeries[a]',
      failed.length > 0 ? `; Other: timeSeries[${failed[0]}]` : '',
    ]);
    const isAgreed =
      broken === '' &&
      total === count &&
      (failed.length === count - written || (failed.length === 0 && written === 0));
    const isCounted = broken === '' || random.below(2) === 0;
    if (!isAgreed) {
      const names = named(random, EARLY, failed);
      const details = isCounted ? [summary(total, written, random.oneOf([[], [9]]))] : [];
      return {
        written: subsetTest(random, count),
        answer: apiError(400, 'INVALID_ARGUMENT', SOME + names + broken, details),
      };
    }
  }
}

/** Has done nothing, and says so. */
function refusal(random: SeededRandom, count: number): CloudReply {
  return {
    written: nothing,
    answer: random.oneOf<Answer>([
      apiError(400, 'INVALID_ARGUMENT', 'Request contains an invalid argument.'),
      apiError(
        400,
        'INVALID_ARGUMENT',
        `Field timeSeries[${random.below(count)}] had an invalid value.`,
      ),
      apiError(401, 'UNAUTHENTICATED', 'Request is missing credentials.'),
      apiError(403, 'PERMISSION_DENIED', 'Permission monitoring.timeSeries.create denied.'),
      { status: 403, body: '<html>No.</html>' },
      { status: 404, body: '' },
      apiError(429, 'RESOURCE_EXHAUSTED', 'Quota exceeded.'),
    ]),
  };
}

/** Has written something or nothing, and does not know. */
function inTrouble(random: SeededRandom, count: number): CloudReply {
  return {
    written: subsetTest(random, count),
    answer: random.oneOf<Answer>([
      'hang',
      'hang up',
      apiError(500, 'INTERNAL', 'Internal error encountered.'),
      apiError(503, 'UNAVAILABLE', 'The service is currently unavailable.'),
      apiError(504, 'DEADLINE_EXCEEDED', 'Deadline expired.'),
      { status: 502, body: '<html>Bad gateway</html>' },
      apiError(499, 'CANCELLED', 'The operation was cancelled.'),
      { status: 408, body: '' },
    ]),
  };
}

/** Says nothing that makes sense. */
function garbage(random: SeededRandom, count: number): CloudReply {
  const partialFailure = JSON.stringify(apiError(400, 'INVALID_ARGUMENT', SOME + EARLY).body);
  return {
    written: subsetTest(random, count),
    answer: random.oneOf<Answer>([
      { status: 200, body: '<html>Welcome</html>' },
      { status: 200, body: { error: { code: 403, message: 'No.', status: 'PERMISSION_DENIED' } } },
      { status: 403, body: { error: { code: 503, message: 'No.', status: 'PERMISSION_DENIED' } } },
      { status: 400, body: { error: { code: 400, message: 'No.', status: 'INTERNAL' } } },
      { status: 400, body: partialFailure.slice(0, 60) },
      { status: 400, body: { error: { message: null, details: [null, 1] } } },
      { status: 400, body: [{ error: { code: 400, message: 'No.' } }, { error: 'Yes.' }] },
      apiError(400, 'INVALID_ARGUMENT', 'Something.', [summary(count, 0, [13])]),
      apiError(400, 'INVALID_ARGUMENT', `${SOME}Field timeSeries[${count}] had an invalid value.`),
      apiError(400, 'INVALID_ARGUMENT', `Wrapped: ${SOME}${EARLY}: timeSeries[0]`),
      { status: 302, body: '' },
      { status: 201, body: 'null' },
    ]),
  };
}

function summary(total: number, written: number, codes: readonly number[]): unknown {
  return {
    '@type': 'type.googleapis.com/google.monitoring.v3.CreateTimeSeriesSummary',
    totalPointCount: total,
    ...(written !== 0 && { successPointCount: written }),
    ...(codes.length > 0 && {
      errors: codes.map(code => ({ status: { code }, pointCount: total - written })),
    }),
  };
}

/** The names of series as the API has written them over the years. */
function named(random: SeededRandom, why: string, indexes: readonly number[]): string {
  if (indexes.length === 0) {
    return why;
  }
  const names = (some: readonly number[]): string => `timeSeries[${some.join(',')}]`;
  const half = Math.ceil(indexes.length / 2);
  const groups = [indexes.slice(0, half), indexes.slice(half)].filter(group => group.length > 0);
  return random.oneOf([
    () => `${why}: ${names(indexes)}`,
    () => groups.map(group => `${why}: ${names(group)}`).join('; '),
    () => groups.map(group => `${why}: generic_task{} ${names(group)}: life{}`).join('; '),
    () => groups.map(group => `${names(group)} (example life): failed with: ${why}`).join('; '),
  ])();
}

function subset(random: SeededRandom, count: number): Set<number> {
  return new Set(Array.from({ length: count }, (_, i) => i).filter(() => random.below(2) === 0));
}

function subsetTest(random: SeededRandom, count: number): (index: number) => boolean {
  const indexes = subset(random, count);
  return index => indexes.has(index);
}
