import type { ShownMetric } from '../shown-metric.js';

/** A label that tells targets apart, and the option of the command line that limits it. */
export interface TargetLabel {
  /** The name of the label. */
  readonly label: string;
  /** The name that the dashboard shows. */
  readonly title: string;
  /** The value that was asked for. Undefined for all. */
  readonly value: string | undefined;
  /** Whether the value is a regular expression. By default it is the value of the label. */
  readonly isPattern?: boolean;
}

/** How PromQL calls the metrics, by the way in which they arrive. */
export interface SeriesNames {
  /** Returns the name of the series. The series of a distribution add `_bucket` to it. */
  nameOf(metric: ShownMetric): string;
  /** Returns the label that has the values of a field. */
  labelOf(metric: ShownMetric, field: string): string;
  /** Returns the label that has the text of a StringGauge. */
  textLabelOf(metric: ShownMetric): string;
  /** Returns the unit of the values, as the backend has them: `s`, `ms`, `By`, and the empty string if it is unknown. */
  unitOf(metric: ShownMetric): string;
  readonly targetLabels: readonly TargetLabel[];
  /** Matchers that every query needs. */
  readonly matchers: readonly string[];
  /** The window of rates. Pushed distributions that do not change come only every four minutes. */
  readonly window: string;
}

/** The targets that a dashboard shows. Undefined for all. */
export interface ChosenTargets {
  readonly service: string | undefined;
  readonly job: string | undefined;
  readonly project: string | undefined;
}
