import { existsSync } from 'node:fs';
import { posix } from 'node:path';
import { describe, expect, it } from 'vitest';
import { anchorsOf, DOCUMENTS, linksOf, ROOT, textOf } from './readme-markdown.js';

const PAGES = [...DOCUMENTS, 'CONTRIBUTING.md', 'CHANGELOG.md', 'sample-app/deploy/README.md'];

/** What is wrong with a link of a page; undefined where it leads somewhere. */
function problemOf(page: string, link: string): string | undefined {
  if (/^[a-z]+:/i.test(link)) {
    return undefined;
  }
  const [path = '', anchor] = link.split('#', 2);
  const target = path === '' ? page : posix.join(posix.dirname(page), decodeURI(path));
  if (target.startsWith('..') || !existsSync(`${ROOT}/${target}`)) {
    return `${link}: there is no ${target}`;
  }
  if (anchor !== undefined && target.endsWith('.md') && !anchorsOf(textOf(target)).has(anchor)) {
    return `${link}: ${target} has no heading #${anchor}`;
  }
  return undefined;
}

describe('the links of', () => {
  it.each(PAGES.filter(page => existsSync(`${ROOT}/${page}`)))('%s lead somewhere', page => {
    const problems = linksOf(textOf(page)).map(link => problemOf(page, link));
    expect(problems.filter(problem => problem !== undefined)).toEqual([]);
  });

  it('the README are found', () => {
    expect(linksOf(textOf('README.md')).length).toBeGreaterThan(20);
    expect(problemOf('README.md', 'docs/nowhere.md')).toContain('there is no docs/nowhere.md');
    expect(problemOf('README.md', '#nowhere')).toContain('has no heading #nowhere');
    expect(problemOf('docs/testing.md', '../README.md#quick-start')).toBeUndefined();
  });

  it('the README lead to every document', () => {
    const pages = new Set(linksOf(textOf('README.md')).map(link => link.split('#')[0]));
    expect(DOCUMENTS.filter(page => page !== 'README.md' && !pages.has(page))).toEqual([]);
  });
});
