const LABEL_ESCAPES: Readonly<Record<string, string>> = { '\\': '\\\\', '"': '\\"', '\n': '\\n' };

/** `name="value"`. */
export function label(name: string, value: string | number | boolean): string {
  const text = wellFormed(String(value)).replace(/[\\"\n]/g, each => LABEL_ESCAPES[each]!);
  return `${name}="${text}"`;
}

/** A text on a line of its own. */
export function helpText(text: string): string {
  return wellFormed(text).replace(/[\\\n]/g, each => LABEL_ESCAPES[each]!);
}

/** Letters, digits and underscores, in small letters, with a letter or an underscore first. */
export function snakeCase(name: string): string {
  return name
    .replace(/([a-z0-9])([A-Z])/g, '$1_$2')
    .toLowerCase()
    .replace(/[^a-z0-9_]/g, '_')
    .replace(/^(?=\d|$)/, '_');
}

/** Half a character becomes what UTF-8 would make of it: two labels must not become alike on the wire. */
function wellFormed(text: string): string {
  return text.replace(/\p{Surrogate}/gu, '\uFFFD');
}
