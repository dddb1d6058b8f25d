import { Logger } from '@nestjs/common';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Counter } from '../../lib/metrics/counter.js';
import { Registry } from '../../lib/metrics/registry.js';

describe('a great number of metrics', () => {
  let warnings: string[];
  let registry: Registry;
  const declare = (count: number): Counter[] =>
    Array.from({ length: count }, (_, i) => new Counter(`user_${i}/logins`, { registry }));

  beforeEach(() => {
    registry = new Registry();
    warnings = [];
    vi.spyOn(Logger.prototype, 'warn').mockImplementation((text: string) => {
      warnings.push(text);
    });
  });
  afterEach(() => vi.restoreAllMocks());

  it('causes one warning, with the number, the name of the last metric and what to do', () => {
    declare(12_000);
    expect(warnings).toEqual([
      'There are 5000 metrics, the last one "user_4999/logins". Each takes about 2 kB until the process ends. Declare a metric once, at module level, and use fields for values that vary.',
    ]);
    expect(registry.instanceMetrics()).toHaveLength(12_000);
  });

  it('is not reached by equal declarations, which are one metric', () => {
    declare(4999);
    declare(4999);
    expect(warnings).toEqual([]);
    declare(5000);
    expect(warnings).toHaveLength(1);
  });
});
