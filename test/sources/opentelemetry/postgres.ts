import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, chown } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { closedPort } from '../../http/client/backend.js';

const missing = spawnSync('initdb', ['--version']).status !== 0;

/** Why PostgreSQL cannot run here, and how to get it; undefined where it can. */
export const postgresMissing: string | undefined = missing
  ? 'initdb not found; get it by: apt-get install postgresql, and put its bin folder into PATH'
  : undefined;

if (postgresMissing) {
  process.stderr.write(`Tests with PostgreSQL are skipped: ${postgresMissing}\n`);
}

/** PostgreSQL refuses to run as root. Its package makes a user. */
function userOf(): { uid?: number; gid?: number } {
  if (process.getuid?.() !== 0) {
    return {};
  }
  const id = (flag: string): number =>
    Number(spawnSync('id', [flag, 'postgres']).stdout.toString());
  return { uid: id('-u'), gid: id('-g') };
}

/** A PostgreSQL with an empty database, on a port of its own. */
export async function startPostgres() {
  const user = userOf();
  const folder = await mkdtemp(join(tmpdir(), 'postgres-'));
  if (user.uid !== undefined && user.gid !== undefined) {
    await chown(folder, user.uid, user.gid);
  }
  const data = join(folder, 'data');
  const made = spawnSync('initdb', ['-D', data, '-U', 'shop', '-A', 'trust', '-N'], user);
  if (made.status !== 0) {
    throw new Error(made.stderr.toString());
  }
  const port = await closedPort();
  const options = ['-D', data, '-p', String(port), '-h', '127.0.0.1', '-k', folder, '-F'];
  const server = spawn('postgres', options, { ...user, stdio: ['ignore', 'ignore', 'pipe'] });
  await new Promise<void>((resolve, reject) => {
    let log = '';
    server.stderr.on('data', chunk => {
      log += String(chunk);
      if (log.includes('ready to accept connections')) {
        resolve();
      }
    });
    server.once('exit', () => reject(new Error(log)));
  });
  return {
    port,
    stop: async () => {
      const exit = once(server, 'exit');
      server.kill('SIGQUIT');
      await exit;
      await rm(folder, { recursive: true });
    },
  };
}
