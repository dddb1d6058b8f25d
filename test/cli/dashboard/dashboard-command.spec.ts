import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { printed, queriesOf, type GrafanaDashboard } from './printed.js';

const STATUS = JSON.stringify({
  metrics: [
    {
      name: 'queue.length',
      kind: 'IntGauge',
      valueType: 'int',
      cumulative: false,
      units: '',
      description: '',
      fields: [{ name: 'queue', type: 'string' }],
      global: false,
      source: 'queues',
      origin: { name: 'queue.length', unit: '{job}', kind: 'gauge' },
      cells: [],
    },
  ],
});

describe('nestjs-tsmon dashboard', () => {
  let folder: string;
  let page: Server;
  let url: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'tsmon-dashboard-'));
    await writeFile(join(folder, 'status.json'), STATUS);
    page = createServer((request, response) => {
      response.statusCode = request.headers.authorization === 'Bearer me' ? 200 : 403;
      response.end(request.url === '/status?format=json' ? STATUS : 'no');
    }).listen(0, '127.0.0.1');
    await once(page, 'listening');
    url = `http://127.0.0.1:${(page.address() as AddressInfo).port}`;
  });

  afterAll(async () => {
    page.closeAllConnections();
    page.close();
    await rm(folder, { recursive: true });
  });

  it.each([
    ['no format', [], '--format must be cloud-monitoring or grafana, got nothing. '],
    [
      'a wrong format',
      ['--format', 'x'],
      '--format must be cloud-monitoring or grafana, got "x". ',
    ],
    ['wrong names', ['--format', 'grafana', '--names', 'x'], '--names must be text or otlp or '],
    [
      'a wrong prefix',
      ['--format', 'cloud-monitoring', '--prefix', 'x'],
      '--prefix must be a metric',
    ],
    [
      'no objective',
      ['--format', 'grafana', '--alerts', '--objective', '100'],
      '--objective must be',
    ],
    [
      'a wrong latency',
      ['--format', 'grafana', '--alerts', '--latency-ms', 'x'],
      '--latency-ms must',
    ],
    [
      'a project of text',
      ['--format', 'grafana', '--project', 'p'],
      '--project needs --names cloud',
    ],
    ['two statuses', ['--format', 'grafana', '--url', 'x', '--file', 'y'], 'Give --url or --file'],
    ['no URL', ['--format', 'grafana', '--url', 'x'], '--url must be a URL, got "x".'],
    [
      'a missing file',
      ['--format', 'grafana', '--file', '/nowhere'],
      '--file /nowhere could not be',
    ],
  ])('refuses %s, and says what it wants', async (_, args, message) => {
    await expect(printed(...args)).rejects.toThrow(message);
  });

  it('reads the metrics of the application from a file, or with a header from an instance', async () => {
    const fromFile = ['--file', join(folder, 'status.json')];
    const fromUrl = ['--url', `${url}/status`, '--header', 'authorization: Bearer me'];
    for (const args of [fromFile, fromUrl]) {
      const dashboard = await printed<GrafanaDashboard>('--format', 'grafana', ...args);
      expect(queriesOf(dashboard)).toEqual([
        { title: 'queue.length', query: 'queue_length{service_name=~".*",job_name=~".*"}' },
      ]);
    }
  });

  it('takes every command of docs/dashboards.md', async () => {
    const text = await readFile(new URL('../../../docs/dashboards.md', import.meta.url), 'utf8');
    const commands = text.match(/(?<=^npx nestjs-tsmon dashboard ).*?(?= > |$)/gm) ?? [];
    expect(commands).toHaveLength(5);
    for (const command of commands) {
      expect(
        await printed(
          ...command
            .replace(/--url \S+/, '')
            .trim()
            .split(' '),
        ),
      ).toBeTypeOf('object');
    }
  });

  it('says what went wrong with the status page', async () => {
    const grafana = ['--format', 'grafana', '--header', 'authorization: Bearer me', '--url'];
    await expect(printed('--format', 'grafana', '--url', `${url}/status`)).rejects.toThrow(
      `--url ${url}/status could not be read: the answer has the status 403.`,
    );
    await expect(printed(...grafana, `${url}/other`)).rejects.toThrow(
      `${url}/other must give the JSON of the status route, as /internal/tsmon?format=json does; it begins with "no".`,
    );
  });

  it('has no panel of Grafana outside of its columns or on another one, nor two with one id', async () => {
    const { panels } = await printed<GrafanaDashboard>('--format', 'grafana');
    expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length);
    const taken = new Set<string>();
    for (const { x, y, w, h } of panels.map(({ gridPos }) => gridPos)) {
      expect(x + w).toBeLessThanOrEqual(24);
      for (let column = x; column < x + w; column++) {
        for (let row = y; row < y + h; row++) {
          expect(taken.has(`${column} ${row}`)).toBe(false);
          taken.add(`${column} ${row}`);
        }
      }
    }
  });

  it('names the data source of Grafana, or lets the dashboard choose it', async () => {
    const chosen = await printed<GrafanaDashboard>('--format', 'grafana');
    const named = await printed<GrafanaDashboard>('--format', 'grafana', '--data-source', 'abc');
    const sources = (dashboard: GrafanaDashboard) => [
      ...new Set(dashboard.panels.flatMap(({ datasource }) => datasource?.uid ?? [])),
    ];
    expect([sources(chosen), sources(named)]).toEqual([['${datasource}'], ['abc']]);
    expect(chosen.templating.list.map(({ name }) => name)).toEqual([
      'datasource',
      'service_name',
      'job_name',
    ]);
    expect(named.templating.list.map(({ name }) => name)).toEqual(['service_name', 'job_name']);
  });
});
