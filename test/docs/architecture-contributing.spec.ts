import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { proseOf, ROOT, rowsUnder, textOf } from './readme-markdown.js';

const text = textOf('CONTRIBUTING.md');
/** What stands in backticks. */
const code = [...proseOf(text).matchAll(/`([^`\n]+)`/g)].map(([, inside]) => inside!);
const { scripts } = JSON.parse(textOf('package.json')) as { scripts: Record<string, string> };

describe('CONTRIBUTING.md', () => {
  it('names every command, and no other', () => {
    const named = code.flatMap(command => /^npm (?:run )?(\w+(?::\w+)?)/.exec(command)?.[1] ?? []);
    const ofNpm = new Set(['ci', 'pack', 'publish', 'version']);
    expect(named.filter(name => !ofNpm.has(name) && !Object.hasOwn(scripts, name))).toEqual([]);
    const needNoMention = (name: string): boolean => /^pre|:check$/.test(name);
    const missing = Object.keys(scripts).filter(
      name => !named.includes(name) && !needNoMention(name),
    );
    expect(missing).toEqual([]);
  });

  it('names only files and folders that exist', () => {
    const paths = code.filter(path => /^[\w.-]+(\/[\w.-]*)+$/.test(path) || path.endsWith('.md'));
    const generated = new Set(['dist/', 'dist-docs/', 'test/x']);
    expect(paths.length).toBeGreaterThan(15);
    expect(paths.filter(path => !generated.has(path) && !existsSync(join(ROOT, path)))).toEqual([]);
  });

  it('names only code that exists', () => {
    const named: Readonly<Record<string, readonly string[]>> = {
      'lib/module/monitor-choice.ts': ['monitorOf('],
      'lib/options/tsmon-options.ts': ['MonitorByName'],
      'lib/options/module-options.ts': ['moduleOptions'],
      'lib/monitors/partition-cells.ts': ['partitionCells('],
      'lib/clock/time-slice.ts': ['TimeSlice'],
      'lib/task-numbers/datastore/row-store.ts': ['RowStore'],
      'test/house.spec.ts': ['LOADED_WHEN_USED'],
      'test/task-numbers/allocator-contract.ts': ['allocatorContract('],
    };
    for (const [path, names] of Object.entries(named)) {
      for (const name of names) {
        expect(text).toContain(name);
        expect(textOf(path)).toContain(name);
      }
    }
  });

  it('has a row for each folder of the repository', () => {
    const folders = rowsUnder(text, 'folder').map(([folder = '']) => folder.replaceAll('`', ''));
    expect(folders).toEqual(['lib/', 'sample-app/', 'test/', 'docs/', '.ci/']);
  });
});
