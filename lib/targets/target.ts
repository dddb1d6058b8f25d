/**
 * The thing that a cell describes: a {@link Task}, a {@link Device}, or an object of the application's own class.
 *
 * @publicApi
 */
export interface Target {
  /** The kind of target, such as `task` or `device`. */
  readonly type: string;
  /** The identity: two targets are the same exactly if their keys are equal. */
  readonly key: string;
  /** Returns the parts as labels, in the order in which they are shown and sent. */
  labels(): Readonly<Record<string, string | number | boolean>>;
}

/** Makes a key in which parts stay separate: the keys of `('a', 'bc')` and `('ab', 'c')` differ. */
export function targetKey(type: string, parts: readonly (string | number)[]): string {
  return JSON.stringify([type, ...parts]);
}
