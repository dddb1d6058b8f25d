import { createRequire, register } from 'node:module';
import { pathToFileURL } from 'node:url';
import { MessageChannel, receiveMessageOnPort } from 'node:worker_threads';

/** The files, as URLs, that were loaded with the modules that the process was told. */
export interface LoadedFiles {
  readonly files: readonly string[];
}

const { port1, port2 } = new MessageChannel();
register('./resolve-hook.js', import.meta.url, { data: { port: port2 }, transferList: [port2] });

for (const specifier of process.argv.slice(2)) {
  await import(specifier);
}
const loaded: LoadedFiles = { files: [...new Set([...importedFiles(), ...requiredFiles()])] };
port1.close();
process.send!(loaded, () => process.exit());

/** Of ES modules, as the hook has seen them. */
function* importedFiles(): Generator<string> {
  for (let got = receiveMessageOnPort(port1); got; got = receiveMessageOnPort(port1)) {
    yield got.message as string;
  }
}

/** Of CommonJS modules, which are loaded without the hook. */
function requiredFiles(): string[] {
  const { cache } = createRequire(import.meta.url);
  return Object.keys(cache).map(path => pathToFileURL(path).href);
}
