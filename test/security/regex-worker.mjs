// Runs each pattern on long runs of what it is made of, and says what it is about to run.
import { parentPort, workerData } from 'node:worker_threads';

const { patterns, length } = workerData;

for (const { where, source, flags } of patterns) {
  const pattern = new RegExp(source, flags);
  const words = source.match(/[A-Za-z]{2,}(?: [A-Za-z]+)*/g) ?? [];
  const signs = source.match(/[^\w\\]/g) ?? [];
  for (const run of new Set([' ', '\n', 'a', 'A', '0', '-', '_', ...signs, ...words])) {
    parentPort.postMessage(`${where} ${pattern} on many ${JSON.stringify(run)}`, []);
    const text = run.repeat(length / run.length);
    // No pattern has this character: it keeps a match from coming to its end, or from beginning with the text.
    `${text}\u0001`.replace(pattern, '');
    `\u0001${text}\u0001`.replace(pattern, '');
  }
}
parentPort.postMessage('done', []);
