import type { Layer, Matcher } from './express-layer.js';
import { inferPattern, UNKNOWN_PATTERN } from './pattern-inference.js';

/** The patterns that a layer was declared with. A RegExp has no template, and counts as unknown. */
export class LayerPatterns {
  private readonly matchers: readonly Matcher[];
  /** By the index of the matcher; undefined while not known. */
  private readonly patterns: (string | undefined)[];

  constructor(layer: Layer) {
    this.matchers = Array.isArray(layer.matchers) ? layer.matchers : [];
    this.patterns = declaredPatterns(layer).map(text);
  }

  /** The pattern, where it is known and the only one. */
  get only(): string | undefined {
    return this.patterns.length === 1 ? this.patterns[0] : undefined;
  }

  /** The pattern that takes a path. The path only chooses: it never becomes part of a pattern. */
  thatTakes(path: string): string {
    const index = this.matchers.findIndex(matcher => takes(matcher, path));
    if (index === -1) {
      return UNKNOWN_PATTERN;
    }
    this.patterns[index] ??= inferPattern(this.matchers[index]!, path);
    return this.patterns[index] ?? UNKNOWN_PATTERN;
  }
}

/** One entry for each matcher, undefined where the router does not keep the pattern. */
function declaredPatterns(layer: Layer): unknown[] {
  if (layer.slash) {
    return ['/'];
  }
  const matchers = layer.matchers ?? [];
  const declared = layer.route ? layer.route.path : layer.rawPath;
  if (declared === undefined) {
    return matchers.map(() => undefined);
  }
  if (!Array.isArray(declared)) {
    return [declared];
  }
  const flat: unknown[] = declared.flat(Infinity);
  return flat.length === matchers.length ? flat : declared;
}

function text(pattern: unknown): string | undefined {
  return pattern === undefined || typeof pattern === 'string' ? pattern : UNKNOWN_PATTERN;
}

function takes(matcher: Matcher, path: string): boolean {
  try {
    return matcher(path) !== false;
  } catch {
    return false;
  }
}
