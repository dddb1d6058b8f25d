/** How much work a run may do: `short` for every change, `long` for the figures of the docs. */
export type Effort = 'short' | 'long';

/** A middle and its range over the rounds. */
export interface Spread {
  readonly median: number;
  readonly min: number;
  readonly max: number;
}

/** What a figure must come to: of times faster at least so many, of costs at most. */
export type Direction = 'at-least' | 'at-most';

/** One comparison, or one figure of ours that stands alone. */
export interface Row {
  readonly what: string;
  /** Of `ours` and `peerValue`: `ns CPU`, `bytes`, `ms`. */
  readonly unit: string;
  readonly ours: Spread;
  /** With whom ours is compared; none where it stands alone. */
  readonly peer?: string;
  readonly peerValue?: Spread;
  /** Over the rounds, of what was measured in pairs: the peer's by ours for `at-least`, ours by the peer's for `at-most`. */
  readonly ratio?: Spread;
  /** Judges the median of `ratio`, or that of `ours` where there is none. A row without a target informs. */
  readonly target?: number | undefined;
  readonly direction?: Direction;
  /** Where the short form fails; half of the target where it is left out, or twice of it. For what is not there yet. */
  readonly alarm?: number | undefined;
  /** What else was seen. */
  readonly note?: string;
}

/** One page of the report, measured in a process of its own with `--expose-gc`. Its name is in `tables.ts`. */
export interface BenchTable {
  readonly title: string;
  /** What it needs and this machine does not have. It is then left out, and the report says so. */
  readonly missing?: string | undefined;
  measure(effort: Effort): Promise<Row[]>;
}
