import type { Matcher } from './express-layer.js';

/** What is written where the pattern of a mount cannot be known. */
export const UNKNOWN_PATTERN = '*';

/** Matchers of strings have this name in path-to-regexp. Matchers of RegExps have another one. */
const NAME_OF_MATCHER = 'match';

/** A longer path is not tried, since each of its characters costs a few matches: a shorter one will come. */
const LONGEST_PATH = 200;

/** Characters that a parameter accepts, and a literal text that contains all of them is hardly ever mounted. */
const SUBSTITUTES = ['q', '7', '_', '~'];

/**
 * Finds the pattern of a matcher by trying it out, for router 2.2, which does not keep patterns. A path that matches is
 * changed by one character at a time: where no other character matches, the pattern has that character too; where
 * another one matches, the client chose the character, and the pattern has a parameter there. So nothing that a client
 * chose becomes part of the pattern. Where letters match in both cases the pattern has them in lower case.
 *
 * @returns undefined where this path is too long to tell.
 */
export function inferPattern(matcher: Matcher, path: string): string | undefined {
  const match = attempt(matcher, path);
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

/** The parameter that takes the character at an index, as patterns write it; undefined where the text is literal. */
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
    const match = attempt(matcher, changed);
    if (match === undefined) {
      return UNKNOWN_PATTERN;
    }
    if (match && match.path === changed) {
      const [name = UNKNOWN_PATTERN, ...others] = changedParameters(params, match.params);
      if (others.length === 0) {
        return name;
      }
      // Several parameters changed: the text between them did, and the path was divided in another way.
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
  return attempt(matcher, replaceAt(path, index, other)) ? lower : character;
}

function replaceAt(text: string, index: number, character: string): string {
  return text.slice(0, index) + character + text.slice(index + 1);
}

/** Undefined where the matcher threw: the character belongs to the encoding of a parameter. */
function attempt(matcher: Matcher, path: string): ReturnType<Matcher> | undefined {
  try {
    return matcher(path);
  } catch {
    return undefined;
  }
}
