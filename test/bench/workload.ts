/** What is recorded, the same by everybody. */
export type Labels = {
  readonly status: number;
  readonly route: string;
  readonly is_robot: boolean;
};

export const FIELDS = { status: 'int', route: 'string', is_robot: 'bool' } as const;
export const LABEL_NAMES = ['status', 'route', 'is_robot'] as const;

const MOST_CELLS = 100_000;

const STATUSES = 10;
export const CELLS_PER_ROUTE = 2 * STATUSES;

/** Everybody is given the same strings: they are no part of what a cell costs. */
const ROUTES = Array.from({ length: MOST_CELLS / CELLS_PER_ROUTE }, (_, i) =>
  asReadFromASocket(`/api/v1/things/:id/parts/${i}`),
);

/** The labels of one of up to 100,000 cells, in an object of their own. */
export function labelsOf(i: number): Labels {
  return {
    status: 200 + (i % STATUSES),
    route: ROUTES[Math.floor(i / CELLS_PER_ROUTE)]!,
    is_robot: i % CELLS_PER_ROUTE >= STATUSES,
  };
}

/** How many samples a distribution has before it is measured. */
export const SAMPLES_PER_CELL = 20;

/** Milliseconds, from 1 to 900. */
export function sampleOf(cell: number, sample: number): number {
  return 1 + ((cell * 31 + sample * 97) % 900);
}

/** As prom-client and OpenTelemetry take them: the upper bounds of Bucketer.default, 100 finite buckets and two more. */
export const BUCKET_BOUNDS: readonly number[] = Array.from(
  { length: 101 },
  (_, i) => 10 ** (0.2 * i),
);

/** One piece in memory, where a sum of strings is a tree. */
function asReadFromASocket(text: string): string {
  return Buffer.from(text).toString('latin1');
}
