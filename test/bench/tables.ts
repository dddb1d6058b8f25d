/** Options for a measurement that is a table of its own. What the runner says of its time means nothing. */
export const ONCE = { iterations: 1, time: 0, warmupIterations: 0, warmupTime: 0 } as const;

/** The runner calls more often than it was told to. */
export function once<T>(measure: () => Promise<T>): () => Promise<T> {
  let running: Promise<T> | undefined;
  return () => (running ??= measure());
}

/** One line of a table, in the midst of what the runner prints. */
export function printRow(row: Readonly<Record<string, string | number>>): void {
  const cells = Object.entries(row).map(([name, value]) => `${name} ${value}`);
  process.stdout.write(`  ${cells.join(' · ')}\n`);
}
