import { Units } from '../../metrics/units.js';

/** The units whose own string differs from UCUM's. */
const OF_OTHER_NAME: Partial<Record<Units, string>> = {
  [Units.Bits]: 'bit',
  [Units.Kibibytes]: 'KiBy',
};

/**
 * A unit as UCUM writes it. An unknown unit stays empty rather than `1`, which says that a value is a ratio: what
 * translates to Prometheus would add `_ratio` to the name of every gauge.
 */
export function ucum(units: Units): string {
  return OF_OTHER_NAME[units] ?? units;
}
