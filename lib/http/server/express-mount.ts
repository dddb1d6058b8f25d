import { UNKNOWN_PATTERN } from './pattern-inference.js';

/** The properties that Express sets when an application is mounted in another. Only the last mount is kept. */
export interface MountedApplication {
  /** The declared pattern or patterns. */
  readonly mountpath?: unknown;
  /** The outer application. */
  readonly parent?: MountedApplication;
}

/**
 * Returns the pattern at which outer applications mounted an application, such as an Express server around Nest.
 * Applications keep only their last mount, and no mount in a router. So the kept pattern is used only if it fits the base
 * URL. No text of the base URL is returned.
 */
export function mountPattern(app: MountedApplication, baseUrl: string): string {
  const pattern = lastMountPattern(app);
  return fits(pattern, baseUrl) ? pattern : `/${UNKNOWN_PATTERN}`;
}

function lastMountPattern(app: MountedApplication): string {
  const seen = new Set<MountedApplication>();
  let pattern = '';
  for (let inner = app; inner.parent && !seen.has(inner); inner = inner.parent) {
    seen.add(inner);
    const mountpath = typeof inner.mountpath === 'string' ? inner.mountpath : `/${UNKNOWN_PATTERN}`;
    pattern = withoutTrailingSlash(mountpath) + pattern;
  }
  return pattern;
}

/** Whether a pattern matches exactly this base URL: each part is the same text or a parameter. */
function fits(pattern: string, baseUrl: string): boolean {
  const declared = pattern.toLowerCase().split('/');
  const written = baseUrl.toLowerCase().split('/');
  return (
    declared.length === written.length &&
    declared.every((part, i) => part === written[i] || /^:\w+$/.test(part))
  );
}

function withoutTrailingSlash(path: string): string {
  return path.endsWith('/') ? path.slice(0, -1) : path;
}
