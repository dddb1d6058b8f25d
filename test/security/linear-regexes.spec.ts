import { readFileSync, readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';

/** A pattern that takes time by the square of the text needs a minute for so many characters, and any other a moment. */
const LENGTH = 300_000;
const WITHOUT_PROGRESS_MS = 20_000;

interface Pattern {
  /** File and line. */
  readonly where: string;
  readonly source: string;
  readonly flags: string;
}

describe('regular expressions of lib/', () => {
  it(
    'take time in proportion to the text, however hostile it is',
    { timeout: 300_000 },
    async () => {
      const patterns = patternsOfLib();
      expect(patterns.length).toBeGreaterThan(30);
      expect(await stuckAt(patterns)).toBeUndefined();
    },
  );

  it.each([
    [String.raw`^[\s:;]+|[\s:;]+$`, 'blanks at an end'],
    [String.raw`^\s*(\{\s*\})?\s*$`, 'blanks around an object'],
    ['distribution.*(bucket|bound)', 'one word, and another somewhere behind it'],
  ])('are found if they are slow, such as %s, for %s', async source => {
    const slow = { where: 'here', source, flags: 'g' };
    expect(await stuckAt([slow], 500)).toContain('here');
  });
});

/** The pattern and text at which a worker got stuck; undefined where it came to its end. */
function stuckAt(patterns: Pattern[], limitMs = WITHOUT_PROGRESS_MS): Promise<string | undefined> {
  const workerData = { patterns, length: LENGTH };
  const worker = new Worker(new URL('regex-worker.mjs', import.meta.url), { workerData });
  return new Promise<string | undefined>((resolve, reject) => {
    let last = 'its start';
    let timer = setTimeout(() => resolve(last), WITHOUT_PROGRESS_MS);
    worker.on('error', reject).on('message', (message: string) => {
      last = message;
      clearTimeout(timer);
      if (message === 'done') {
        resolve(undefined);
      } else {
        timer = setTimeout(() => resolve(last), limitMs);
      }
    });
  }).finally(() => worker.terminate());
}

function patternsOfLib(): Pattern[] {
  const lib = fileURLToPath(new URL('../../lib/', import.meta.url));
  const paths = readdirSync(lib, { recursive: true, encoding: 'utf8' });
  return paths.filter(path => /\.[jt]s$/.test(path)).flatMap(path => patternsIn(lib, path));
}

function patternsIn(lib: string, path: string): Pattern[] {
  const text = readFileSync(lib + path, 'utf8');
  const file = ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true);
  const patterns: Pattern[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isRegularExpressionLiteral(node)) {
      const { line } = file.getLineAndCharacterOfPosition(node.getStart());
      const end = node.text.lastIndexOf('/');
      const [source, flags] = [node.text.slice(1, end), node.text.slice(end + 1)];
      patterns.push({ where: `${path}:${line + 1}`, source, flags });
    }
    ts.forEachChild(node, visit);
  };
  visit(file);
  return patterns;
}
