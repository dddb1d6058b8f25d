import { appSections } from './app-sections.js';
import type { Section } from './charts.js';
import type { LibraryMetrics } from './library-metrics.js';
import { librarySections } from './library-sections.js';
import type { ShownMetric } from './shown-metric.js';

/**
 * Makes the rows of a dashboard: first the rows for what the library records by itself, then the rows for the other metrics.
 *
 * @param reported the metrics that an instance reports. Charts of other metrics are left out. Undefined if it is not known.
 */
export function dashboardSections(
  known: LibraryMetrics,
  reported: readonly ShownMetric[] | undefined,
): Section[] {
  const library = librarySections(known);
  if (!reported) {
    return library;
  }
  const names = new Set(reported.map(({ name }) => name));
  const shown = library
    .map(({ title, charts }) => ({
      title,
      charts: charts.filter(({ queries }) => queries.every(({ metric }) => names.has(metric.name))),
    }))
    .filter(({ charts }) => charts.length > 0);
  const charted = new Set(
    shown.flatMap(({ charts }) =>
      charts.flatMap(({ queries }) => queries.map(({ metric }) => metric.name)),
    ),
  );
  return [...shown, ...appSections(reported.filter(({ name }) => !charted.has(name)))];
}
