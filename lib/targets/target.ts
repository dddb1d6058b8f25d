/**
 * What reports a cell: a {@link Task}, a {@link Device}, or a shape of the application's own.
 *
 * @publicApi
 */
export interface Target {
  /** The name of its shape, such as `task` or `device`. */
  readonly type: string;
  /** Its identity: two targets are the same exactly when their keys are equal. */
  readonly key: string;
  /** Its parts as labels, in the order in which they are shown and sent. */
  labels(): Readonly<Record<string, string | number | boolean>>;
}

/** @throws TypeError when a part of a target is not a string. */
export function checkedPart(part: string, value: unknown): string {
  if (typeof value !== 'string') {
    throw new TypeError(`${part} must be a string, got ${typeof value}.`);
  }
  return value;
}

/** An identity that keeps its parts apart: `('a', 'bc')` and `('ab', 'c')` differ. */
export function targetKey(type: string, parts: readonly (string | number)[]): string {
  return JSON.stringify([type, ...parts]);
}
