import { describe, expect, it } from 'vitest';
import { BufferPool } from '../../../lib/monitors/cloud-monitoring/buffer-pool.js';
import { JsonBytes } from '../../../lib/monitors/cloud-monitoring/json-bytes.js';
import { SeriesBatch } from '../../../lib/monitors/cloud-monitoring/series-batch.js';

function written(write: (json: JsonBytes) => void): string {
  const json = new JsonBytes();
  write(json);
  return json.bytes.toString();
}

describe('JsonBytes', () => {
  it.each([0, 7, 10, 99, 100, 2 ** 31 - 1, 2 ** 31, Number.MAX_SAFE_INTEGER, -1, -(2 ** 40)])(
    'writes the integer %d',
    value => {
      expect(written(json => json.integer(value))).toBe(String(value));
    },
  );

  it('writes leading zeros', () => {
    expect(written(json => json.digits(42, 6))).toBe('000042');
  });

  it.each([
    '',
    'plain ~ text',
    'a "quote"',
    'back\\slash',
    'line\nend',
    'ü',
    '漢字',
    '🦊',
    '\u007f',
  ])('writes the text %j so that JSON gives it back', text => {
    const bytes = written(json => json.plainString(text) || json.string(text));
    expect(JSON.parse(bytes)).toBe(text);
  });

  it('leaves nothing of a text that is not plain', () => {
    expect(written(json => json.plainString('abc"'))).toBe('');
  });

  it('keeps what it has when its memory grows', () => {
    const text = 'long '.repeat(100_000);
    expect(
      written(json => {
        json.ascii('begin ');
        json.ascii(text);
        json.string('ü');
      }),
    ).toBe(`begin ${text}"ü"`);
  });
});

describe('BufferPool', () => {
  it('hands out the memory of a request that is over, empty', () => {
    const memory = new BufferPool();
    const first = memory.take();
    first.ascii('old');
    expect(memory.take() === first).toBe(false);
    memory.giveBack(first);
    const again = memory.take();
    expect(again === first).toBe(true);
    expect(again.length).toBe(0);
  });

  it('R3 keeps four bodies at most, and none of more than a megabyte', () => {
    const memory = new BufferPool();
    const huge = memory.take();
    huge.ascii('x'.repeat(1024 * 1024));
    memory.giveBack(huge);
    const bodies = Array.from({ length: 5 }, () => new JsonBytes());
    bodies.forEach(body => memory.giveBack(body));
    const taken = Array.from({ length: 5 }, () => memory.take());
    expect(taken.filter(body => bodies.includes(body)).length).toBe(4);
    expect(taken.includes(huge)).toBe(false);
  });
});

describe('SeriesBatch', () => {
  it('without some of its series is the request with the others', () => {
    const body = Buffer.from('{"timeSeries":["a","bc","d"]}');
    const batch = new SeriesBatch(body, [4, 6, 9], [15, 18, 19, 23, 24, 27]);
    const rest = batch.without(new Map([[0, 'bad']]));
    expect(rest.body.toString()).toBe('{"timeSeries":["bc","d"]}');
    expect(rest.cells).toEqual([6, 9]);
    expect(rest.without(new Map([[1, 'bad']])).body.toString()).toBe('{"timeSeries":["bc"]}');
  });
});
