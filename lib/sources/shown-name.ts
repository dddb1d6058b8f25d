const NOT_IN_PART = /[^A-Za-z0-9_-]/g;

/**
 * Makes a name of ours from the name that another library gives a metric: `http/server/request/duration` from
 * `http.server.request.duration`, and `http_requests_total` from the same.
 */
export function shownName(name: string): string {
  const parts = name.split(/[./]/).filter(part => part !== '');
  return parts.map(part => part.replace(NOT_IN_PART, '_')).join('/') || '_';
}

/** Makes the name of a field from the name of an attribute. It differs from the names that are taken. */
export function fieldName(attribute: string, taken: ReadonlySet<string>): string {
  const plain = attribute.replace(/[^A-Za-z0-9_]/g, '_');
  const stem = /^[0-9]|^$|^__proto__$/.test(plain) ? `key_${plain}` : plain;
  let name = stem;
  for (let number = 2; taken.has(name); number++) {
    name = `${stem}_${number}`;
  }
  return name;
}
