// Follows the README's "Install" and "Quick start" word by word in applications as `nest new` makes them. Each command is run,
// each file is pasted, and the log must have the lines that the README shows. Needs dist and npm's registry:
//
//     node readme.mjs [<major version of Nest>...]
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { ROOT, run } from './commands.mjs';
import { contains, env, LONGEST_SEC, newApp, passed, proof } from './new-apps.mjs';

const README = readFileSync(join(ROOT, 'README.md'), 'utf8');
const GUIDE = sectionOf('## Install') + sectionOf('## Quick start');
const BLOCKS = Array.from(
  GUIDE.matchAll(/^```(\w+)(?: (\S+))?\n([^`]*)^```$/gm),
  ([, language, path, text]) => ({ language, path, text }),
);
const [NEST_ADD, NPM_INSTALL, ...MORE_COMMANDS] = BLOCKS.filter(
  ({ language }) => language === 'sh',
).map(({ text }) => text.trim());
const MAJORS = process.argv.length > 2 ? process.argv.slice(2).map(Number) : [11, 12];
const FILES = BLOCKS.filter(({ path }) => path);
const [, PROMISED] = /^```text log\n([^`]*)^```$/m.exec(README);
/** After `nest add` the interval is the default, a minute. */
const LONGEST_WAIT_MS = 120_000;

for (const phrase of [
  'npx @nestjs/cli new shop',
  '`@nestjs/schedule@6`',
  'does steps 1 and 3 below',
  'step 4 then takes up to a minute',
  'Run `npm start`, and in another terminal `curl localhost:3000`',
  'leave `.js` out',
  '`void bootstrap()` instead of `await bootstrap()`',
]) {
  contains(GUIDE.replaceAll('\n', ' '), phrase);
}
equal(MORE_COMMANDS, []);
equal(
  FILES.map(({ path }) => path),
  ['src/app.module.ts', 'src/app.service.ts', 'src/main.ts'],
);

for (const major of MAJORS) {
  let app;
  await proof(`Nest ${major}: installed by hand`, async () => {
    app = newApp(major);
    cpSync(app, `${app}-add`, { recursive: true, verbatimSymlinks: true });
    follow(
      app,
      major === 11 ? NPM_INSTALL.replace('@nestjs/schedule', '@nestjs/schedule@6') : NPM_INSTALL,
    );
    FILES.forEach(file => paste(app, file));
    await logsWhatIsPromised(app);
    follow(app, 'npm test');
    follow(app, 'npm run test:e2e');
  });
  await proof(`Nest ${major}: installed by nest add`, async () => {
    const added = `${app}-add`;
    follow(added, NEST_ADD);
    FILES.filter(({ path }) => path === 'src/app.service.ts').forEach(file => paste(added, file));
    await logsWhatIsPromised(added);
  });
}

process.exit();

/** @returns the text from a heading to the next. */
function sectionOf(heading) {
  const from = README.indexOf(`${heading}\n`);
  return README.slice(from, README.indexOf('\n## ', from));
}

function follow(app, command) {
  run('sh', ['-c', command], { cwd: app, env, longestSec: LONGEST_SEC });
  passed(command);
}

/** Applications of Nest 11 are CommonJS, for which the README says what differs. */
function paste(app, { path, text }) {
  const { type } = JSON.parse(readFileSync(join(app, 'package.json'), 'utf8'));
  const fitting =
    type === 'module'
      ? text
      : text
          .replaceAll(/(from '\.[^']*)\.js'/g, "$1'")
          .replace('await bootstrap()', 'void bootstrap()');
  writeFileSync(join(app, path), fitting);
  passed(`paste ${path}`);
}

/** Uses a free port in place of 3000. */
async function logsWhatIsPromised(app) {
  const port = await freePort();
  const started = spawn('npm', ['start'], {
    cwd: app,
    env: { ...env, PORT: String(port), NO_COLOR: '1' },
    detached: true,
  });
  const closed = once(started, 'close');
  let log = '';
  for (const stream of [started.stdout, started.stderr]) {
    stream.setEncoding('utf8').on('data', text => (log += text));
  }
  try {
    await until('the application has started', () => log.includes('successfully started'));
    passed('npm start');
    equal(run('sh', ['-c', `curl -s localhost:${port}`], { longestSec: 10 }), 'Hello World!');
    passed('curl localhost:3000');
    await until('the log has what the README shows', () => missing().length === 0);
    passed('the log has what the README shows');
  } catch (error) {
    const message = `${error.message}\nmissing:\n${missing().join('\n')}\nin:\n${log}`;
    throw new Error(message, { cause: error });
  } finally {
    if (started.exitCode === null) {
      process.kill(-started.pid, 'SIGTERM');
    }
    await closed;
  }

  function missing() {
    const lines = new Set(log.split('\n').map(comparable));
    return PROMISED.trim()
      .split('\n')
      .filter(line => !lines.has(comparable(line)));
  }
}

/** @returns a line of the log without what Nest puts before it, and without what differs from run to run. */
function comparable(line) {
  return line
    .replace(/^\[Nest\].* LOG (?=\[)/, '')
    .replaceAll(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, 'TIME')
    .replace(/^\d+ cells/, 'N cells')
    .replaceAll(/\s+/g, ' ')
    .trim();
}

async function until(what, holds) {
  const latest = Date.now() + LONGEST_WAIT_MS;
  while (!holds()) {
    if (Date.now() > latest) {
      throw new Error(`Within ${LONGEST_WAIT_MS} ms it did not happen that ${what}.`);
    }
    await new Promise(resolve => setTimeout(resolve, 50));
  }
}

async function freePort() {
  const server = createServer().listen(0);
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  await once(server, 'close');
  return port;
}

function equal(actual, expected) {
  if (JSON.stringify(actual) !== JSON.stringify(expected)) {
    throw new Error(`expected ${JSON.stringify(expected)}, got ${JSON.stringify(actual)}`);
  }
}
