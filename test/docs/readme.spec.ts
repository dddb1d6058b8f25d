import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { HOUSEKEEPING_PATH } from '../../lib/entry/index.js';
import { MIGRATED } from '../support/migrated-apps.js';
import { BLOCKS, blocksIn, placeOf } from './readme-markdown.js';
import { QUICK_START, TIMEOUT_MS } from './readme-setting.js';
import { complaintsOf, folderOf, pathOf, sourcesOf } from './readme-typescript.js';

/**
 * Kinds of blocks, and that each is tried by a test below. `text` is for people, but for the log of the quick start. Diffs are
 * applied by test/e2e/migration.e2e.spec.ts.
 */
const KINDS = new Set(['ts', 'sh', 'yaml', 'json', 'text', 'diff']);

describe('the blocks of the documents', () => {
  it('are in languages that tests check', () => {
    const others = BLOCKS.filter(({ language }) => !KINDS.has(language));
    expect(others.map(block => `${placeOf(block)} is of kind "${block.language}"`)).toEqual([]);
    expect(BLOCKS.length).toBeGreaterThan(20);
  });

  it('are diffs only of applications that a test moves', () => {
    expect(blocksIn('diff').map(([, { name }]) => name)).toEqual([...MIGRATED]);
  });

  it.each(blocksIn('yaml'))('%s is yaml', (_, { text }) => {
    const errors = Array.from(parseAllDocuments(text), document => document.errors);
    expect(errors.flat()).toEqual([]);
    for (const [, path] of text.matchAll(/\burl: *(\S+)/g)) {
      expect(path).toBe(HOUSEKEEPING_PATH);
    }
  });

  it.each(blocksIn('json'))('%s is JSON', (_, { text }) => {
    expect(() => JSON.parse(text) as unknown).not.toThrow();
  });
});

describe('the TypeScript of the documents', () => {
  let complaints: Map<string, string[]>;
  beforeAll(() => {
    const sources = sourcesOf(blocksIn('ts').map(([, block]) => block));
    for (const document of ['README.md', 'docs/testing.md']) {
      for (const [name, text] of QUICK_START) {
        sources.set(join(folderOf(document), name), text);
      }
    }
    complaints = complaintsOf(sources);
  }, TIMEOUT_MS);

  it.each(blocksIn('ts'))('%s is compiled', (_, block) => {
    expect(complaints.get(pathOf(block))).toEqual([]);
  });
});
