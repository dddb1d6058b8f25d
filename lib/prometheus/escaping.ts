const LABEL_ESCAPES: Readonly<Record<string, string>> = { '\\': '\\\\', '"': '\\"', '\n': '\\n' };

/** Writes a label: `name="value"`. */
export function label(name: string, value: string | number | boolean): string {
  const text = wellFormed(String(value)).replace(/[\\"\n]/g, each => LABEL_ESCAPES[each]!);
  return `${name}="${text}"`;
}

/** Escapes a text for a HELP line or a comment. */
export function helpText(text: string): string {
  return wellFormed(text).replace(/[\\\n]/g, each => LABEL_ESCAPES[each]!);
}

/** Turns a name into small letters, digits and underscores. The first character is not a digit. */
export function snakeCase(name: string): string {
  return name
    .replace(/([a-z0-9])([A-Z])/g, '$1_$2')
    .toLowerCase()
    .replace(/[^a-z0-9_]/g, '_')
    .replace(/^(?=\d|$)/, '_');
}

/** Replaces lone surrogates, as UTF-8 would: two labels must not become equal on the wire. */
function wellFormed(text: string): string {
  return text.replace(/\p{Surrogate}/gu, '\uFFFD');
}
