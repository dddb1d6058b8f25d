// @ts-check

const SIGNIFICANT_DIGITS = 4;
/** Units of bytes, each 1024 times the one before. */
const BYTES = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB'];
/** How many bytes or milliseconds a unit has. */
/** @type {Readonly<Record<string, number>>} */
const BYTES_OF = {
  By: 1,
  kBy: 1e3,
  MBy: 1e6,
  GBy: 1e9,
  kiBy: 2 ** 10,
  MiBy: 2 ** 20,
  GiBy: 2 ** 30,
};
/** @type {Readonly<Record<string, number>>} */
const MILLISECONDS_OF = { s: 1e3, ms: 1, us: 1e-3, ns: 1e-6 };
/** @type {Readonly<Record<string, string>>} */
const SIGNS = { B: 'bit', A: 'A', mA: 'mA', Cel: '°C' };

/**
 * A number as people read it: whole ones in full, others with four digits.
 *
 * @param {number} value
 */
export function readable(value) {
  const size = Math.abs(value);
  if (size >= 1e15 || (size > 0 && size < 1e-4)) {
    return value.toExponential(SIGNIFICANT_DIGITS - 1);
  }
  return Number.isInteger(value) || size >= 10 ** SIGNIFICANT_DIGITS
    ? value.toLocaleString('en', { maximumFractionDigits: 0 })
    : value.toLocaleString('en', { maximumSignificantDigits: SIGNIFICANT_DIGITS });
}

/**
 * Writes a number with its unit, scaled to a readable size.
 *
 * @param {number} value
 * @param {string} units as in UCUM
 */
export function withUnits(value, units) {
  if (units in BYTES_OF) {
    return bytes(value * (BYTES_OF[units] ?? 1));
  }
  if (units in MILLISECONDS_OF) {
    return duration(value * (MILLISECONDS_OF[units] ?? 1));
  }
  return units === '' ? readable(value) : `${readable(value)} ${SIGNS[units] ?? units}`;
}

/**
 * An amount of money: with cents, and small amounts with two digits.
 *
 * @param {number} value
 */
export function dollars(value) {
  const digits =
    Math.abs(value) < 1 ? { maximumSignificantDigits: 3 } : { maximumFractionDigits: 2 };
  return `$${value.toLocaleString('en', { ...digits, minimumFractionDigits: 2 })}`;
}

/**
 * @param {number} value
 */
function bytes(value) {
  let step = 0;
  let rest = value;
  while (Math.abs(rest) >= 1024 && step < BYTES.length - 1) {
    rest /= 1024;
    step++;
  }
  return `${readable(step === 0 ? rest : Number(rest.toPrecision(SIGNIFICANT_DIGITS)))} ${BYTES[step]}`;
}

/**
 * A span of time, by its one or two largest parts.
 *
 * @param {number} ms
 */
export function duration(ms) {
  const size = Math.abs(ms);
  if (size === 0) {
    return '0 ms';
  }
  if (size < 1e-3) {
    return `${readable(ms * 1e6)} ns`;
  }
  if (size < 1) {
    return `${readable(ms * 1e3)} µs`;
  }
  if (size < 1e3) {
    return `${readable(Number(ms.toPrecision(3)))} ms`;
  }
  if (size < 60e3) {
    return `${readable(Number((ms / 1e3).toPrecision(3)))} s`;
  }
  return (ms < 0 ? '−' : '') + longDuration(Math.round(size / 1e3));
}

/**
 * @param {number} seconds a minute or more
 */
function longDuration(seconds) {
  const parts = [
    [Math.floor(seconds / 86_400), 'd'],
    [Math.floor(seconds / 3600) % 24, 'h'],
    [Math.floor(seconds / 60) % 60, 'min'],
    [seconds % 60, 's'],
  ];
  const first = parts.findIndex(([count]) => count !== 0);
  return parts
    .slice(first, first + 2)
    .filter(([count]) => count !== 0)
    .map(([count, unit]) => `${count} ${unit}`)
    .join(' ');
}

/**
 * Writes a duration in whole seconds, for figures that count up.
 *
 * @param {number} ms
 */
export function wholeSeconds(ms) {
  const seconds = Math.max(0, Math.round(ms / 1000));
  return seconds < 60 ? `${seconds} s` : longDuration(seconds);
}

/**
 * Writes a rate per second or, if it is low, per minute.
 *
 * @param {number} perSec
 * @param {string} units
 */
export function rate(perSec, units) {
  const often = perSec >= 0.1 || perSec === 0;
  const value = often ? perSec : perSec * 60;
  const text = units === '' ? readable(Number(value.toPrecision(3))) : withUnits(value, units);
  return `${text}/${often ? 's' : 'min'}`;
}
