import type { Effort } from '../bench-table.js';
import type { Kind } from '../our-metrics.js';
import { alternated } from '../rounds.js';
import { Backend } from './backend.js';
import { EXPORTERS, type ExporterName } from './exporters.js';
import { FlushRounds } from './flush-rounds.js';

const ROUNDS = { short: 5, long: 25 } as const;
const WARM_UP_ROUNDS = 10;

const [name, kind, cells, effort] = process.argv.slice(2) as [ExporterName, Kind, string, Effort];
const backend = await Backend.start();
const flushed = EXPORTERS[name](kind, Number(cells), backend);
const rounds = new FlushRounds(flushed, kind, Number(cells));
await alternated({ [name]: rounds.measureUnwatched }, WARM_UP_ROUNDS);
const measured = await alternated({ [name]: rounds.measureUnwatched }, ROUNDS[effort]);
await rounds.check();
await backend.stop();
process.send!(measured[name]!);
