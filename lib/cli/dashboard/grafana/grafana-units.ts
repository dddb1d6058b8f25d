/** Grafana's ids of the units that values have. */
const UNITS: Readonly<Record<string, string>> = {
  '': 'short',
  '1': 'short',
  s: 's',
  ms: 'ms',
  us: 'µs',
  ns: 'ns',
  bit: 'bits',
  By: 'bytes',
  kBy: 'deckbytes',
  MBy: 'decmbytes',
  GBy: 'decgbytes',
  KiBy: 'kbytes',
  MiBy: 'mbytes',
  GiBy: 'gbytes',
  A: 'amp',
  mA: 'mamp',
  Cel: 'celsius',
};

/** Returns Grafana's id of a unit. Grafana shows a unit that it does not know behind the number. */
export function grafanaUnit(unit: string): string {
  return UNITS[unit] ?? `suffix: ${unit}`;
}

/** Returns Grafana's id of a unit for each second. */
export function grafanaRateUnit(unit: string): string {
  switch (unit) {
    case '':
    case '1':
      return 'cps';
    case 'By':
      return 'Bps';
    default:
      return `suffix: ${unit}/s`;
  }
}
