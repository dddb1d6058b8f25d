import { expect, it } from 'vitest';
import { sourcesOfTests } from './sources.js';

const MOST_LINES = 300;

it('every spec has at most 300 lines: one that has more is split by subject', () => {
  const specs = Object.entries(sourcesOfTests()).filter(([path]) => path.endsWith('.spec.ts'));
  expect(specs.length).toBeGreaterThan(200);
  const long = specs.filter(([, text]) => text.trimEnd().split('\n').length > MOST_LINES);
  expect(long.map(([path]) => path)).toEqual([]);
});
