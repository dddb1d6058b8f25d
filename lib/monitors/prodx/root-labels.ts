import type { Target } from '../../targets/target.js';
import { wellFormed } from '../well-formed.js';
import { scalarValue, type ScalarValue } from './scalar-value.js';

type Label = readonly [key: string, value: string | number | boolean];

/** A `MetricsCollection.RootLabels`. */
export type RootLabel = { readonly key: string } & ScalarValue;

/**
 * Lists the labels of a target in the order of luci-go. luci-go adds constants to the labels of tasks and devices, and one constant
 * to all targets.
 *
 * @throws TypeError or RangeError for a label that the message cannot hold.
 */
export function rootLabels(target: Target): RootLabel[] {
  const own = Object.entries(target.labels());
  own.forEach(checkLabel);
  return withConstants(target.type, own).map(rootLabel);
}

function rootLabel([key, value]: Label): RootLabel {
  return { key: wellFormed(key), ...scalarValue(value) };
}

function withConstants(type: string, own: readonly Label[]): readonly Label[] {
  switch (type) {
    case 'task':
      return [...ACQUISITION, ...own, IS_TSMON];
    case 'device':
      return [...ACQUISITION, ...DEVICE, ...own.flatMap(withVendor), IS_TSMON];
    default:
      return [...own, IS_TSMON];
  }
}

const IS_TSMON: Label = ['is_tsmon', true];

const ACQUISITION: readonly Label[] = [
  ['proxy_environment', 'pa'],
  ['acquisition_name', 'mon-chrome-infra'],
  ['proxy_zone', 'atl'],
];

const DEVICE: readonly Label[] = [
  ['pop', ''],
  ['alertable', true],
  ['realm', 'ACQ_CHROME'],
  ['asn', 0],
];

function withVendor(label: Label): Label[] {
  return label[0] === 'hostgroup' ? [['vendor', ''], label] : [label];
}

function checkLabel([key, value]: readonly [string, unknown]): void {
  if (typeof value === 'number' && !Number.isSafeInteger(value)) {
    throw new RangeError(`Label "${key}" of a target must be a safe integer, got ${value}`);
  }
  if (!['string', 'number', 'boolean'].includes(typeof value)) {
    throw new TypeError(
      `Label "${key}" of a target must be a string, a number or a boolean, got ${typeof value}`,
    );
  }
}
