import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { rolldown, type Plugin } from 'rolldown';

const FOLDER = fileURLToPath(new URL('lib/status/page', import.meta.url));
/** The module that the plugin makes. Its types are in `bundled-page.d.ts`. */
const MODULE = join(FOLDER, 'bundled-page.js');
const NO_MAP = { version: 3, names: [], sources: [], mappings: '' };
/** Later styles override earlier ones. */
const STYLES = [
  'theme.css',
  'overview.css',
  'signals.css',
  'tables.css',
  'histogram.css',
  'costs.css',
  'phone.css',
];

/**
 * Makes one module of the files of the status page, for rolldown and for Vite. The library then needs no file beside
 * its own, and works inside a bundle, too.
 */
export function statusPage(): Plugin {
  return {
    name: 'status-page',
    resolveId: specifier => (specifier === './bundled-page.js' ? MODULE : undefined),
    // Its source maps would point at a file that is nowhere.
    load: async id => (id === MODULE ? { code: await codeOfModule(), map: NO_MAP } : undefined),
  };
}

async function codeOfModule(): Promise<string> {
  const texts = {
    markup: await read('page.html'),
    style: (await Promise.all(STYLES.map(read))).join('\n'),
    script: await bundledScript(),
  };
  return Object.entries(texts)
    .map(([name, text]) => `export const ${name} = ${JSON.stringify(text)};\n`)
    .join('');
}

function read(name: string): Promise<string> {
  return readFile(join(FOLDER, name), 'utf8');
}

/** A page that loads nothing cannot import: its modules become one. */
async function bundledScript(): Promise<string> {
  const bundle = await rolldown({ input: join(FOLDER, 'main.js'), platform: 'browser' });
  const { output } = await bundle.generate();
  await bundle.close();
  return output[0].code;
}
