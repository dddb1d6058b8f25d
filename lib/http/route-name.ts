/** What an unmatched path is called. */
const UNMATCHED = '';

/** A template whose last part takes all that is left: `*path`, `/api/{*path}`, `/static/*`. */
const CATCH_ALL = /\*\w*\}?$/;

/**
 * The name of a route in metrics: its template, with prefix and version. A catch-all that answers 404 is a
 * path that nothing matched, as is the bare `*path` that Nest mounts under a global prefix to say so.
 */
export function routeName(template: unknown, status: number): string {
  if (template === undefined || template === null) {
    return UNMATCHED;
  }
  const name = String(template);
  const unmatched = name === '*path' || (status === 404 && CATCH_ALL.test(name));
  return unmatched ? UNMATCHED : name;
}
