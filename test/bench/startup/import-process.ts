import { cpuMs } from '../cpu-time.js';

/** What it took to import all modules that the process was told. */
export interface ImportCost {
  readonly cpuMs: number;
  readonly wallMs: number;
}

const startCpuMs = cpuMs();
const startMs = performance.now();
for (const specifier of process.argv.slice(2)) {
  await import(specifier);
}
const wallMs = performance.now() - startMs;
const cost: ImportCost = { cpuMs: cpuMs() - startCpuMs, wallMs };
process.send!(cost, () => process.disconnect());
