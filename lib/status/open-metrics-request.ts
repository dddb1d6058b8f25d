/**
 * Whether a client that wants the text for Prometheus reads OpenMetrics, as Prometheus itself does. Only OpenMetrics has
 * exemplars.
 *
 * @param format the format that the address names.
 */
export function asksForOpenMetrics(format: string | null, accept = ''): boolean {
  return (format ?? 'prometheus') === 'prometheus' && accept.split(',').some(isOpenMetrics);
}

/** Whether a range of an Accept header names the type, and does not exclude it. */
function isOpenMetrics(range: string): boolean {
  const [type, ...parameters] = range.split(';').map(part => part.trim().toLowerCase());
  return (
    type === 'application/openmetrics-text' &&
    !parameters.some(parameter => /^q=0(\.0*)?$/.test(parameter))
  );
}
