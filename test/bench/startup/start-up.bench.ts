import type { BenchTable, Effort, Row } from '../bench-table.js';
import { messageFrom } from '../child-process.js';
import { alternated } from '../rounds.js';
import { shareOfPeer } from '../rows.js';
import { spreadOf } from '../spread.js';
import type { ImportCost } from './import-process.js';
import type { LoadedFiles } from './loaded-files-process.js';
import { packagesToAvoid } from './packages-to-avoid.js';

/** What a user imports, as it is published. */
const MAIN_ENTRY = new URL('../../../../dist/entry/index.js', import.meta.url).href;
const NEST = ['@nestjs/core', '@nestjs/schedule'];
const PAIRS = { short: 3, long: 25 } as const;
const TARGET = 1.1;

export const table: BenchTable = {
  title: 'import of the main entry, in a new process each time',
  measure: async effort => [...(await compare(effort)), await unwantedPackages()],
};

async function compare(effort: Effort): Promise<Row[]> {
  const costs = { ours: [] as ImportCost[], nest: [] as ImportCost[] };
  const measure = async (name: keyof typeof costs, specifiers: string[]): Promise<number> => {
    const script = new URL('import-process.js', import.meta.url);
    return costs[name].push(await messageFrom<ImportCost>(script, specifiers));
  };
  await alternated(
    { ours: () => measure('ours', [MAIN_ENTRY]), nest: () => measure('nest', NEST) },
    PAIRS[effort],
  );
  const rowOf = (what: string, unit: string, part: keyof ImportCost): Row =>
    shareOfPeer({
      what,
      unit,
      ours: costs.ours.map(cost => cost[part]),
      peer: NEST.join(' + '),
      peerValues: costs.nest.map(cost => cost[part]),
      target: TARGET,
    });
  return [rowOf('CPU time', 'ms CPU', 'cpuMs'), rowOf('wall clock', 'ms', 'wallMs')];
}

/** Packages that must be loaded when they are used, and not before. */
async function unwantedPackages(): Promise<Row> {
  const script = new URL('loaded-files-process.js', import.meta.url);
  const { files } = await messageFrom<LoadedFiles>(script, [MAIN_ENTRY]);
  if (!files.includes(MAIN_ENTRY)) {
    throw new Error(`${MAIN_ENTRY} is not among the files that were seen to be loaded.`);
  }
  const unwanted = packagesToAvoid().filter(name =>
    files.some(file => file.includes(`/node_modules/${name}/`)),
  );
  return {
    what: 'optional packages loaded',
    unit: 'packages',
    ours: spreadOf([unwanted.length]),
    target: 0,
    direction: 'at-most',
    note: `${files.length} files loaded; unwanted: ${unwanted.join(', ') || 'none'}`,
  };
}
