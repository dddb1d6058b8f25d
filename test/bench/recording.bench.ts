import { Counter, Registry } from 'nestjs-tsmon';
import { bench, describe } from 'vitest';

/** So many in one measured call: a single one takes less time than the clock resolves. */
const RECORDINGS = 10_000;
const ROUTES = Array.from({ length: 100 }, (_, i) => `/api/v1/things/:id/parts/${i}`);
const fields = ROUTES.map((route, i) => ({ status: i % 2 ? 200 : 404, route, robot: i % 3 === 0 }));

describe(`${RECORDINGS} recordings with three fields, 100 cells in turn`, () => {
  const counter = new Counter('bench/requests', {
    fields: { status: 'int', route: 'string', robot: 'bool' },
    registry: new Registry(),
  });
  const cells = fields.map(values => counter.cell(values));
  const joined = new Map<string, number>();

  bench('Counter.add', () => {
    for (let i = 0; i < RECORDINGS; i++) {
      counter.add(1, fields[i % fields.length]!);
    }
  });

  bench('BoundCell.add', () => {
    for (let i = 0; i < RECORDINGS; i++) {
      cells[i % cells.length]!.add(1);
    }
  });

  bench('reference: a Map with a joined string key', () => {
    for (let i = 0; i < RECORDINGS; i++) {
      const { status, route, robot } = fields[i % fields.length]!;
      const key = `${status}|${route}|${robot}`;
      joined.set(key, (joined.get(key) ?? 0) + 1);
    }
  });
});
