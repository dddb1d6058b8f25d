import { SeededRandom } from '../../support/seeded-random.js';
import { CELLS_PER_ROUTE } from '../workload.js';

/** Recordings until the same draws come again: far more than a processor remembers of its branches. */
const DRAWS = 2 ** 16;

/** Cells in the order in which requests come. The draws are the same in every run. */
export interface DrawnCells {
  readonly cells: number;
  /** The cell of each recording, `DRAWS` of them. */
  readonly order: Uint32Array;
}

/** Turns the number of a recording into its place in `order`. */
export const DRAW_MASK = DRAWS - 1;

/** Draws each cell equally often. */
export function drawnEvenly(cells: number): DrawnCells {
  const random = new SeededRandom(cells);
  return { cells, order: Uint32Array.from({ length: DRAWS }, () => random.below(cells)) };
}

/** Draws routes by Zipf's law: the second half as often as the first, the third a third as often. */
export function drawnByZipf(cells: number): DrawnCells {
  const random = new SeededRandom(cells);
  const routes = cells / CELLS_PER_ROUTE;
  const upTo: number[] = [];
  for (let route = 0, sum = 0; route < routes; route++) {
    sum += 1 / (route + 1);
    upTo.push(sum);
  }
  const drawnRoute = (): number => {
    const drawn = random.next() * upTo.at(-1)!;
    return upTo.findIndex(sum => drawn < sum);
  };
  const order = Uint32Array.from(
    { length: DRAWS },
    () => drawnRoute() * CELLS_PER_ROUTE + random.below(CELLS_PER_ROUTE),
  );
  return { cells, order };
}
