import type { Matcher } from './express-layer.js';

/** Stands for a pattern that cannot be known. */
export const UNKNOWN_PATTERN = '*';

/** The function name that path-to-regexp gives to matchers of strings. Matchers of RegExps have another name. */
const NAME_OF_MATCHER = 'match';

/** The longest path that is tried, since each character costs several matches. A shorter path will come later. */
const LONGEST_PATH = 200;

/** Characters that a parameter accepts. A literal pattern rarely accepts all of them. */
const SUBSTITUTES = ['q', '7', '_', '~'];

/**
 * Infers the pattern of a matcher by experiments, for router 2.2, which does not keep patterns. Changes a matching path by
 * one character at a time. If no other character matches, the pattern contains this character. If another character
 * matches, the client chose this character, and the pattern has a parameter here. So no text of a client becomes part of
 * the pattern. Letters that match in both cases become lower case.
 *
 * @returns undefined if the path is too long to try.
 */
export function inferPattern(matcher: Matcher, path: string): string | undefined {
  const match = tryMatch(matcher, path);
  if (matcher.name !== NAME_OF_MATCHER || !match) {
    return UNKNOWN_PATTERN;
  }
  if (path.length > LONGEST_PATH) {
    return undefined;
  }
  let pattern = '';
  let parameter: string | undefined;
  for (let i = 0; i < path.length; i += 1) {
    const chosen = parameterAt(matcher, path, i, match.params);
    if (chosen === undefined) {
      pattern += inDeclaredCase(matcher, path, i);
      parameter = undefined;
    } else if (parameter === undefined || (chosen !== parameter && chosen !== UNKNOWN_PATTERN)) {
      pattern += chosen;
      parameter = chosen;
    }
  }
  return pattern;
}

/** Returns the parameter that matches the character at an index, in pattern syntax; undefined for literal text. */
function parameterAt(
  matcher: Matcher,
  path: string,
  index: number,
  params: Readonly<Record<string, unknown>>,
): string | undefined {
  for (const substitute of SUBSTITUTES) {
    if (substitute === path[index]!.toLowerCase()) {
      continue;
    }
    const changed = replaceAt(path, index, substitute);
    const match = tryMatch(matcher, changed);
    if (match === undefined) {
      return UNKNOWN_PATTERN;
    }
    if (match && match.path === changed) {
      const [name = UNKNOWN_PATTERN, ...others] = changedParameters(params, match.params);
      if (others.length === 0) {
        return name;
      }
      // Several parameters changed, so the substitute moved the boundary between them: it replaced literal text.
    }
  }
  return undefined;
}

function changedParameters(
  before: Readonly<Record<string, unknown>>,
  after: Readonly<Record<string, unknown>>,
): string[] {
  return Object.entries(after)
    .filter(([name, value]) => String(value) !== String(before[name]))
    .map(([name, value]) => (Array.isArray(value) ? `*${name}` : `:${name}`));
}

function inDeclaredCase(matcher: Matcher, path: string, index: number): string {
  const character = path[index]!;
  const lower = character.toLowerCase();
  const other = lower === character ? character.toUpperCase() : lower;
  return tryMatch(matcher, replaceAt(path, index, other)) ? lower : character;
}

function replaceAt(text: string, index: number, character: string): string {
  return text.slice(0, index) + character + text.slice(index + 1);
}

/** Runs the matcher. Returns undefined if it throws: the character then belongs to the encoding of a parameter. */
function tryMatch(matcher: Matcher, path: string): ReturnType<Matcher> | undefined {
  try {
    return matcher(path);
  } catch {
    return undefined;
  }
}
