import { UNKNOWN_PATTERN } from './pattern-inference.js';

/** What an application of Express remembers of its last mount in another application. */
export interface MountedApplication {
  /** The declared pattern or patterns. */
  readonly mountpath?: unknown;
  /** The application in which it is mounted. */
  readonly parent?: MountedApplication;
}

/**
 * The pattern at which an application is mounted in others that nobody follows, such as an Express server around Nest. An
 * application remembers only its last mount, and none in a router; so what it remembers counts only where it fits the base URL,
 * of which nothing is shown.
 */
export function mountPattern(app: MountedApplication, baseUrl: string): string {
  const pattern = rememberedPattern(app);
  return fits(pattern, baseUrl) ? pattern : `/${UNKNOWN_PATTERN}`;
}

function rememberedPattern(app: MountedApplication): string {
  const seen = new Set<MountedApplication>();
  let pattern = '';
  for (let inner = app; inner.parent && !seen.has(inner); inner = inner.parent) {
    seen.add(inner);
    const mountpath = typeof inner.mountpath === 'string' ? inner.mountpath : `/${UNKNOWN_PATTERN}`;
    pattern = withoutSlash(mountpath) + pattern;
  }
  return pattern;
}

/** Whether a pattern takes just this base URL, part by part: each is the same text, or a parameter. */
function fits(pattern: string, baseUrl: string): boolean {
  const declared = pattern.toLowerCase().split('/');
  const written = baseUrl.toLowerCase().split('/');
  return (
    declared.length === written.length &&
    declared.every((part, i) => part === written[i] || /^:\w+$/.test(part))
  );
}

function withoutSlash(path: string): string {
  return path.endsWith('/') ? path.slice(0, -1) : path;
}
