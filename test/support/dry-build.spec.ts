import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { dryBuild, type DryImage } from './dry-build.js';

const folders: string[] = [];
afterEach(() => {
  folders.splice(0).forEach(folder => rmSync(folder, { recursive: true }));
});

/** Builds a context that has a file `a`, a folder `b` with `c` in it, and a file `left-out`. */
function build(dockerfile: string, ignored = '*\n!a\n!b'): DryImage {
  const folder = mkdtempSync(join(tmpdir(), 'nestjs-tsmon-'));
  folders.push(folder);
  const context = join(folder, 'context-given');
  mkdirSync(join(context, 'b'), { recursive: true });
  for (const path of ['a', 'b/c', 'left-out']) {
    writeFileSync(join(context, path), path);
  }
  writeFileSync(join(context, 'Dockerfile'), dockerfile);
  writeFileSync(join(context, '.dockerignore'), ignored);
  return dryBuild(context, folder);
}

describe('a dry build', () => {
  it('copies, runs and goes from stage to stage as Docker does', () => {
    const image = build(`# a comment
      FROM node:1 AS first
      WORKDIR /app
      ENV WORD=said
      COPY a b ./
      RUN echo $WORD \\
        > made
      FROM node:2
      WORKDIR /other
      COPY --from=first /app/made ./
      COPY b ./d
      USER node
      CMD ["run", "it"]`);
    const { base, user, command, env, workdir } = image;
    expect([base, user, command, env]).toEqual(['node:2', 'node', ['run', 'it'], {}]);
    const has = (path: string): boolean => existsSync(join(workdir, path));
    expect(['made', 'd/c', 'a', 'c'].map(has)).toEqual([true, true, false, false]);
    expect(existsSync(join(workdir, '../../stage-0/app/c'))).toBe(true);
  });

  it.each([
    ['FROM node\nCOPY none ./\nCMD []', 'There is no none to copy.'],
    ['FROM node\nCOPY left-out ./\nCMD []', 'There is no left-out to copy.'],
    ['FROM node\nCOPY a b c\nCMD []', 'must end in "/"'],
    ['FROM node\nCOPY --from=first a ./\nCMD []', 'No stage before is called first.'],
    ['FROM node\nRUN exit 3\nCMD []', 'Command failed'],
    ['FROM node\nHEALTHCHECK NONE\nCMD []', 'does not know HEALTHCHECK'],
    ['RUN true\nFROM node', 'RUN comes before FROM.'],
    ['FROM node', 'has no CMD'],
  ])('of %j says what is wrong', (dockerfile, message) => {
    expect(() => build(dockerfile)).toThrow(message);
  });

  it.each(['node_modules', '*\n!b/c', '*\n!*.js'])('does not guess what %j leaves out', ignored => {
    expect(() => build('FROM node\nCMD ["x"]', ignored)).toThrow(/\.dockerignore/);
  });
});
