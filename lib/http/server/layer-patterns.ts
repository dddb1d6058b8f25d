import type { Layer, Matcher } from './express-layer.js';
import { inferPattern, UNKNOWN_PATTERN } from './pattern-inference.js';

/** The patterns with which a layer was declared. A RegExp has no template, so its pattern is unknown. */
export class LayerPatterns {
  private readonly matchers: readonly Matcher[];
  /** By the index of the matcher; undefined until the pattern is known. */
  private readonly patterns: (string | undefined)[];

  constructor(layer: Layer) {
    this.matchers = Array.isArray(layer.matchers) ? layer.matchers : [];
    this.patterns = declaredPatterns(layer).map(templateOf);
  }

  /** The pattern of a layer that has a single known pattern. */
  get single(): string | undefined {
    return this.patterns.length === 1 ? this.patterns[0] : undefined;
  }

  /** Returns the pattern that matches a path. The path only selects a pattern and never becomes part of one. */
  matching(path: string): string {
    const index = this.matchers.findIndex(matcher => matches(matcher, path));
    if (index === -1) {
      return UNKNOWN_PATTERN;
    }
    this.patterns[index] ??= inferPattern(this.matchers[index]!, path);
    return this.patterns[index] ?? UNKNOWN_PATTERN;
  }
}

/** Returns one entry for each matcher; undefined if the router does not keep the pattern. */
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

function templateOf(pattern: unknown): string | undefined {
  return pattern === undefined || typeof pattern === 'string' ? pattern : UNKNOWN_PATTERN;
}

function matches(matcher: Matcher, path: string): boolean {
  try {
    return matcher(path) !== false;
  } catch {
    return false;
  }
}
