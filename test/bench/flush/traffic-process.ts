import { Agent, get } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';

const CONNECTIONS = 10;
const PAUSE_MS = 10;

/** Makes requests to an application until the parent ends. */
const [url] = process.argv.slice(2) as [string];
const agent = new Agent({ keepAlive: true });
process.on('disconnect', () => process.exit());
await Promise.all(Array.from({ length: CONNECTIONS }, keepAsking));

async function keepAsking(): Promise<void> {
  for (;;) {
    await new Promise<void>((resolve, reject) => {
      get(url, { agent }, response => response.resume().on('end', resolve)).on('error', reject);
    });
    await sleep(PAUSE_MS);
  }
}
