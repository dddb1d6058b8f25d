/** The text of the server about each series that failed, by the index of the series in the request. */
export type Failures = Map<number, string>;

/** The beginning of a message that names the series which were not written. */
export const SOME_NOT_WRITTEN = 'One or more TimeSeries could not be written';

/**
 * Reads the failures that a message names. Undefined when its indexes cannot be read, or contradict what was sent. A message
 * has one of these forms:
 *
 * - `why: timeSeries[0-2,5]; why: timeSeries[3]`
 * - `why: resource{…} timeSeries[0-2]: metric{…}; …`
 * - `timeSeries[0-2] (example …): why; …`
 */
export function namedFailures(message: string, count: number): Failures | undefined {
  const text = message.trimStart().replace(SOME_NOT_WRITTEN, '').replace(/^:/, '').trim();
  const names = [...text.matchAll(/(?<!Field )timeSeries\[([\d,\s-]+)\]/g)];
  const namesComeFirst = names[0]?.index === 0;
  const failures: Failures = new Map();
  for (const [i, name] of names.entries()) {
    const before = names[i - 1];
    const from = namesComeFirst ? name.index : before ? before.index + before[0].length : 0;
    const to = namesComeFirst ? (names[i + 1]?.index ?? text.length) : name.index;
    const why = withoutPunctuation(text.slice(from, to));
    const indexes = indexesIn(name[1]!, count);
    // A series that is named twice has two reasons, of which one is wrong.
    if (!indexes || indexes.some(index => failures.has(index))) {
      return undefined;
    }
    indexes.forEach(index => failures.set(index, why));
  }
  if (names.length < [...text.matchAll(/(?<!Field )timeSeries\[/g)].length) {
    return undefined;
  }
  if (failures.size > 0) {
    return failures;
  }
  return blamedIndexes(message).some(index => index >= count) ? undefined : blamed(message, count);
}

/** Finds the series that a refusal blames: `Field timeSeries[3].points[0] had an invalid value`. */
export function blamed(message: string, count: number): Failures {
  const indexes = blamedIndexes(message).filter(index => index < count);
  return new Map(indexes.map(index => [index, message]));
}

function blamedIndexes(message: string): number[] {
  return Array.from(message.matchAll(/timeSeries\[(\d+)\]/g), ([, index]) => Number(index));
}

const PUNCTUATION = /[\s:;]/;

/** Removes blanks, colons and semicolons at both ends. A pattern with `+$` would not run in linear time. */
function withoutPunctuation(text: string): string {
  let from = 0;
  let to = text.length;
  while (from < to && PUNCTUATION.test(text[from]!)) {
    from += 1;
  }
  while (to > from && PUNCTUATION.test(text[to - 1]!)) {
    to -= 1;
  }
  return text.slice(from, to);
}

/** Reads `0-2,5` as 0, 1, 2 and 5. Undefined when an index was not sent, or there are more indexes than series. */
function indexesIn(ranges: string, count: number): number[] | undefined {
  const indexes: number[] = [];
  for (const range of ranges.split(',')) {
    const [, first, last = first] = /^\s*(\d+)\s*(?:-\s*(\d+)\s*)?$/.exec(range) ?? [];
    if (first === undefined || Number(first) > Number(last) || Number(last) >= count) {
      return undefined;
    }
    for (let index = Number(first); index <= Number(last) && indexes.length <= count; index++) {
      indexes.push(index);
    }
  }
  return indexes.length <= count ? indexes : undefined;
}
