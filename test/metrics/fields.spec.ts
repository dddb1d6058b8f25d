import { describe, expect, it } from 'vitest';
import { Counter } from '../../lib/metrics/counter.js';
import type { FieldDeclarations } from '../../lib/metrics/fields.js';
import { IntGauge } from '../../lib/metrics/gauge.js';
import { Registry } from '../../lib/metrics/registry.js';
import { storeOf } from '../../lib/store/in-memory-store.js';
import { Task } from '../../lib/targets/task.js';

const FIELDS = { status: 'string', retries: 'int', gift: 'bool' } as const;
const GOOD = { status: 'ok', retries: 0, gift: false };

function counter(fields: FieldDeclarations = FIELDS) {
  return new Counter('shop/orders', { registry: new Registry(), fields: fields as typeof FIELDS });
}

function cellsOf(metric: Counter<typeof FIELDS>): number {
  const target = new Task({ serviceName: 's', jobName: 'j' });
  return storeOf(metric.registry).snapshot([metric], target).length;
}

describe('field values', () => {
  it('of different types are different cells', () => {
    const metric = new Counter('m', { registry: new Registry(), fields: { a: 'string' } });
    metric.add(1, { a: '1' });
    expect(() => metric.add(1, { a: 1 as unknown as string })).toThrow(TypeError);
    expect(metric.get({ a: '1' })).toBe(1);
  });

  it('are kept apart where joined texts would be equal', () => {
    const metric = new Counter('m', {
      registry: new Registry(),
      fields: { a: 'string', b: 'string' },
    });
    metric.add(1, { a: 'a', b: 'bc' });
    metric.add(2, { a: 'ab', b: 'c' });
    expect(metric.get({ a: 'a', b: 'bc' })).toBe(1);
    expect(metric.get({ a: 'ab', b: 'c' })).toBe(2);
  });

  it('may be given in any order', () => {
    const metric = counter();
    metric.add(1, GOOD);
    metric.add(1, { gift: false, retries: 0, status: 'ok' });
    expect(metric.get(GOOD)).toBe(2);
  });

  it.each([
    ['missing', { status: 'ok', retries: 0 }],
    ['undefined', { ...GOOD, gift: undefined }],
    ['null', { ...GOOD, status: null }],
    ['a number for a string', { ...GOOD, status: 1 }],
    ['a string for an int', { ...GOOD, retries: '0' }],
    ['a bigint for an int', { ...GOOD, retries: 1n }],
    ['a number for a bool', { ...GOOD, gift: 0 }],
    ['a String object', { ...GOOD, status: new String('ok') }],
    ['an array', { ...GOOD, status: ['ok'] }],
    ['a symbol', { ...GOOD, status: Symbol('ok') }],
    ['an object without a prototype', { ...GOOD, status: Object.create(null) as unknown }],
    [
      'an object that cannot be shown',
      {
        ...GOOD,
        status: {
          toString(): string {
            throw new Error('hostile');
          },
        },
      },
    ],
    ['no object', 'ok'],
    ['null instead of an object', null],
    ['nothing at all', undefined],
  ])('that are wrong are a TypeError in add, set, get, delete and cell: %s', (_, fields) => {
    const metric = counter();
    metric.add(1, GOOD);
    const wrong = fields as unknown as typeof GOOD;
    for (const call of [
      () => metric.add(1, wrong),
      () => metric.set(5, wrong),
      () => metric.get(wrong),
      () => metric.delete(wrong),
      () => metric.cell(wrong),
    ]) {
      expect(call).toThrow(TypeError);
      expect(call).toThrow('shop/orders');
    }
    expect(metric.get(GOOD)).toBe(1);
    expect(cellsOf(metric)).toBe(1);
  });

  it.each([0.5, NaN, Infinity, 2 ** 53])('an int field of %s is a RangeError', retries => {
    const metric = counter();
    expect(() => metric.add(1, { ...GOOD, retries })).toThrow(RangeError);
    expect(() => metric.get({ ...GOOD, retries })).toThrow(RangeError);
    expect(cellsOf(metric)).toBe(0);
  });

  it('0 and -0 are one cell', () => {
    const metric = counter();
    metric.add(1, { ...GOOD, retries: -0 });
    metric.add(1, { ...GOOD, retries: 0 });
    expect(metric.get({ ...GOOD, retries: -0 })).toBe(2);
    const target = new Task({ serviceName: 's', jobName: 'j' });
    const cells = storeOf(metric.registry).snapshot([metric], target);
    expect(cells.map(cell => cell.fieldValues)).toEqual([['ok', 0, false]]);
  });

  it('that are too many are a TypeError that names the one, if they would make a cell', () => {
    const metric = counter();
    const extra = { ...GOOD, colour: 'red' };
    expect(() => metric.add(1, extra)).toThrow(TypeError);
    expect(() => metric.add(1, extra)).toThrow('"colour"');
    expect(() => metric.cell(extra)).toThrow(TypeError);
    expect(metric.get(extra)).toBeUndefined();
    metric.add(1, GOOD);
    metric.add(1, extra);
    expect(metric.get(GOOD)).toBe(2);
  });

  it('are copied: changing the object later changes nothing', () => {
    const metric = counter();
    const fields = { ...GOOD };
    const cell = metric.cell(fields);
    metric.add(1, fields);
    fields.status = 'changed';
    cell.add(1);
    expect(metric.get(GOOD)).toBe(2);
    expect(metric.get(fields)).toBeUndefined();
  });

  it('may be inherited, or come from getters', () => {
    const metric = counter();
    metric.add(1, Object.create(GOOD) as typeof GOOD);
    metric.add(1, {
      status: 'ok',
      retries: 0,
      get gift() {
        return false;
      },
    });
    expect(metric.get(GOOD)).toBe(2);
  });

  it('that change each time they are read do no harm', () => {
    const metric = counter();
    let reads = 0;
    const moody = {
      ...GOOD,
      get retries() {
        return reads++;
      },
    };
    for (let i = 0; i < 5; i++) {
      metric.add(1, moody);
    }
    const cells = storeOf(metric.registry).snapshot(
      [metric],
      new Task({ serviceName: 's', jobName: 'j' }),
    );
    expect(cells.reduce((sum, cell) => sum + Number(cell.value), 0)).toBe(5);
    storeOf(metric.registry).discard(cells);
    expect(cellsOf(metric)).toBe(0);
  });

  it('of a long text are cut in messages', () => {
    const metric = counter();
    const long = 'x'.repeat(100_000);
    const message = messageOf(() => metric.add(1, { ...GOOD, retries: long as unknown as number }));
    expect(message.length).toBeLessThan(300);
  });
});

describe('field declarations', () => {
  it.each(['a', '_', 'status_code', 'A9', 'constructor', 'toString', 'hasOwnProperty'])(
    'may have the name %s',
    name => {
      const gauge = new IntGauge('m', { registry: new Registry(), fields: { [name]: 'string' } });
      expect(() => gauge.set(1, {} as never)).toThrow(TypeError);
      gauge.set(1, { [name]: 'x' });
      expect(gauge.get({ [name]: 'x' })).toBe(1);
    },
  );

  it.each(['', '9a', 'foo-bar', 'a b', 'ä', 'a\n', 'a.b'])(
    'with the name %j are a RangeError that names the metric',
    name => {
      expect(() => counter({ [name]: 'string' })).toThrow(RangeError);
      expect(() => counter({ [name]: 'string' })).toThrow('shop/orders');
    },
  );

  it('with the name __proto__ are refused', () => {
    const fields = JSON.parse('{"__proto__": "string"}') as FieldDeclarations;
    expect(() => counter(fields)).toThrow(RangeError);
  });

  it.each([
    ['String', RangeError],
    ['float', RangeError],
    ['', RangeError],
    [null, TypeError],
    [1, TypeError],
    [String, TypeError],
  ])('with the type %s are refused', (type, error) => {
    expect(() => counter({ a: type as 'string' })).toThrow(error);
  });
});

function messageOf(call: () => void): string {
  try {
    call();
  } catch (error) {
    return (error as Error).message;
  }
  return '';
}
