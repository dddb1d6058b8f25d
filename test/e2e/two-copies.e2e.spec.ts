import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { InstalledCopies } from '../support/installed-copies.js';
import { TestProcess } from '../support/processes.js';

/** The library, which records with its own copy: the first line of each differs between the two ways to load it. */
const LIBRARY = `
const parcels = new tsmon.Counter('library/parcels');
const weights = new tsmon.CumulativeDistribution('library/weights');
const deliver = weight => {
  parcels.add(1);
  weights.add(weight);
};`;

const APPLICATION = `
const main = async () => {
  const monitor = new FakeMonitor();
  const orders = new tsmon.Counter('app/orders');
  const module = tsmon.TsmonModule.forRoot({ monitor, runtimeStats: false });
  const app = await NestFactory.createApplicationContext(module);
  orders.add(1);
  deliver(3);
  deliver(4);
  tsmon.withTarget(new tsmon.Device({ hostname: 'van-1' }), () => deliver(5));
  await app.get(tsmon.TsmonService).flush();
  await app.close();
  const sent = {};
  for (const { cells } of monitor.calls) {
    for (const { metric, target, value } of cells) {
      const name = target.type === 'device' ? metric.name + '@' + target.hostname : metric.name;
      sent[name] = typeof value === 'object' ? value.sum : value;
    }
  }
  console.log('SENT ' + JSON.stringify(sent));
};
main();`;

const WAYS = {
  import: {
    file: 'main.mjs',
    library: ['index.mjs', `import * as tsmon from 'nestjs-tsmon';${LIBRARY}\nexport { deliver };`],
    application: `
import 'reflect-metadata';
import { NestFactory } from '@nestjs/core';
import * as tsmon from 'nestjs-tsmon';
import { FakeMonitor } from 'nestjs-tsmon/testing';
import { deliver } from './node_modules/a-library/index.mjs';${APPLICATION}`,
  },
  require: {
    file: 'main.cjs',
    library: [
      'index.cjs',
      `const tsmon = require('nestjs-tsmon');${LIBRARY}\nmodule.exports = { deliver };`,
    ],
    application: `
require('reflect-metadata');
const { NestFactory } = require('@nestjs/core');
const { deliver } = require('./node_modules/a-library/index.cjs');
const tsmon = require('nestjs-tsmon');
const { FakeMonitor } = require('nestjs-tsmon/testing');${APPLICATION}`,
  },
} as const;

let copies: InstalledCopies;

beforeAll(async () => {
  copies = await InstalledCopies.install();
});
afterAll(() => copies.remove());

async function run(way: keyof typeof WAYS): Promise<{ sent: unknown; output: string }> {
  const { file, library, application } = WAYS[way];
  await copies.write(`node_modules/a-library/${library[0]}`, library[1]);
  const main = await copies.write(file, application);
  const child = new TestProcess(process.execPath, [main], {}, copies.folder);
  const [, sent] = await child.prints(/SENT (.*)/);
  expect(await child.ended()).toEqual({ code: 0, signal: null });
  return { sent: JSON.parse(sent!), output: child.output };
}

describe.each(['import', 'require'] as const)('two installed copies, by %s', way => {
  it('have one registry: what the library records with its own copy is sent', async () => {
    const { sent, output } = await run(way);
    expect(sent).toMatchObject({
      'app/orders': 1,
      'library/parcels': 2,
      'library/weights': 7,
      'library/parcels@van-1': 1,
      'library/weights@van-1': 5,
    });
    expect(output).not.toContain('Two copies');
  });
});

describe('two installed copies of which one has another protocol', () => {
  beforeAll(() => copies.changeCopyOfLibrary('7.8.9', 78));

  it.each(['import', 'require'] as const)(
    'are named in one warning, with both versions, by %s',
    async way => {
      const { sent, output } = await run(way);
      expect(sent).toMatchObject({ 'app/orders': 1 });
      expect(sent).not.toHaveProperty('library/parcels');
      expect(output.match(/Two copies of nestjs-tsmon that cannot work together/g)).toHaveLength(1);
      expect(output).toContain('version 7.8.9 (protocol 78)');
      expect(output).toMatch(/version 0\.\S+ \(protocol 1\)/);
    },
  );
});
