import { Units } from '../metrics/units.js';

/** The units whose names differ in UCUM. */
const UCUM: Partial<Record<Units, string>> = {
  [Units.Bits]: 'bit',
  [Units.Kibibytes]: 'KiBy',
};

/**
 * Writes a unit in UCUM. An unknown unit stays empty. `1` would say that the value is a ratio, and translations to Prometheus
 * would add `_ratio` to the name of every gauge.
 */
export function ucum(units: Units): string {
  return UCUM[units] ?? units;
}
