import { shown } from './shown.js';

// All messages about options are made here. A path names the option: `flush.workers`, `monitor[1].debug.format`. An option of a
// constructor begins with the name of the class: `DebugMonitor.format`. The name of a class alone stands for all its options, and
// the empty path for the options of TsmonModule.

/** The error for a value of a wrong type. */
export function wrongType(path: string, wanted: string, value: unknown): TypeError {
  return new TypeError(message(path, wanted, shown(value)));
}

/** The error for a value of the right type that is out of range or not allowed. */
export function outOfRange(path: string, wanted: string, value: unknown): RangeError {
  return new RangeError(message(path, wanted, shown(value)));
}

/** The error for a value of a wrong type that may be a secret. The value is not shown. */
export function wrongSecret(path: string, wanted: string): TypeError {
  return new TypeError(message(path, wanted, 'a value that is not shown, since it may be secret'));
}

/** The error for an option that does not exist. */
export function unknownOption(path: string, name: string, known: readonly string[]): TypeError {
  const owner = isOfClass(path) ? classOptions(path) : path;
  return new TypeError(
    `Unknown option ${JSON.stringify(name)} in ${owner}; it has ${known.join(', ')}.`,
  );
}

/** The path of an option that is a part of another one. */
export function pathOf(owner: string, name: string): string {
  return owner === '' ? name : `${owner}.${name}`;
}

function message(path: string, wanted: string, got: string): string {
  const subject = isOfClass(path) ? classOptions(path) : `Option ${path}`;
  return `${subject} must be ${wanted}, got ${got}.`;
}

function isOfClass(path: string): boolean {
  return /^([A-Z]\w*)?$/.test(path);
}

function classOptions(path: string): string {
  return `${path || 'TsmonModule'} options`;
}
