import type { Target } from '../../targets/target.js';
import { BackwardWriter } from './backward-writer.js';

type LabelValue = string | number | boolean;
type Label = readonly [key: string, value: LabelValue];

const ROOT_LABELS = 2;

/** The root labels of targets, as they stand in a `MetricsCollection`, made once each. */
export class RootLabels {
  private readonly encoded = new WeakMap<Target, Uint8Array>();

  /** @throws TypeError or RangeError for a label that has no place on the wire. */
  of(target: Target): Uint8Array {
    let labels = this.encoded.get(target);
    if (!labels) {
      labels = encodedLabels(target);
      this.encoded.set(target, labels);
    }
    return labels;
  }
}

function encodedLabels(target: Target): Uint8Array {
  const writer = new BackwardWriter(256);
  for (const [key, value] of allLabels(target).toReversed()) {
    const before = writer.length;
    writeValue(writer, key, value);
    writer.string(key);
    writer.byte(0x0a); // key
    writer.delimit(ROOT_LABELS, before);
  }
  return writer.copyOfBytes();
}

/** In the order of luci-go, which adds constants to the two shapes of its own, and one to all. */
function allLabels(target: Target): Label[] {
  const own = Object.entries(target.labels());
  const isTsmon: Label = ['is_tsmon', true];
  switch (target.type) {
    case 'task':
      return [...ACQUISITION, ...own, isTsmon];
    case 'device':
      return [...ACQUISITION, ...DEVICE, ...own.flatMap(withVendor), isTsmon];
    default:
      return [...own, isTsmon];
  }
}

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

function writeValue(writer: BackwardWriter, key: string, value: LabelValue): void {
  switch (typeof value) {
    case 'string':
      writer.string(value);
      writer.byte(0x12); // string_value
      break;
    case 'number':
      if (!Number.isSafeInteger(value)) {
        throw new RangeError(`Label "${key}" of a target must be a safe integer, got ${value}`);
      }
      writer.int64(value);
      writer.byte(0x18); // int64_value
      break;
    case 'boolean':
      writer.byte(value ? 1 : 0);
      writer.byte(0x20); // bool_value
      break;
    default:
      throw new TypeError(
        `Label "${key}" of a target must be a string, a number or a boolean, got ${typeof value}`,
      );
  }
}
