/** A command of a `sh` block, split into its words. */
export type Command = readonly string[];

/** The commands of a block: lines that end in `\` go on, comments, redirections and variables set before are left out. */
export function commandsOf(text: string): Command[] {
  return text
    .replace(/\\\n\s*/g, ' ')
    .split('\n')
    .map(line => line.replace(/(^|\s)#.*$/, ''))
    .flatMap(line => line.split(/\s+(?:&&|;|\|)\s+/))
    .map(wordsOf)
    .map(words => words.slice(words.findIndex(word => !/^[A-Z_]+=/.test(word))))
    .filter(words => words.length > 0);
}

/** A request that a `curl` command makes. */
export interface CurlRequest {
  readonly url: string;
  readonly method: string;
  readonly headers: Record<string, string>;
  readonly body: string | undefined;
}

/** @throws Error for an option that is not known here. */
export function curlRequest([, ...words]: Command): CurlRequest {
  let url = '';
  let method: string | undefined;
  let body: string | undefined;
  const headers: Record<string, string> = {};
  for (let i = 0; i < words.length; i++) {
    const word = words[i]!;
    if (word === '-X') {
      method = words[++i];
    } else if (word === '-d') {
      body = words[++i];
    } else if (word === '-H') {
      const [name = '', value = ''] = words[++i]!.split(/:\s*/, 2);
      headers[name] = value;
    } else if (word.startsWith('-')) {
      throw new Error(`curl ${word} is not known to the test.`);
    } else {
      url = word.includes('://') ? word : `http://${word}`;
    }
  }
  return { url, method: method ?? (body === undefined ? 'GET' : 'POST'), headers, body };
}

function wordsOf(line: string): string[] {
  const words = line.match(/(?:[^\s'"]|'[^']*'|"[^"]*")+/g) ?? [];
  const end = words.findIndex(word => /^\d?>/.test(word));
  return (end === -1 ? words : words.slice(0, end)).map(word =>
    word.replace(/'([^']*)'|"([^"]*)"/g, '$1$2'),
  );
}
