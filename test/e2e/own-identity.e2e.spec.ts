import { hostname } from 'node:os';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  attributesOf,
  startHttpServer,
  type OtlpServer,
} from '../monitors/opentelemetry/otlp-server.js';
import { TestProcess } from '../support/processes.js';

const MEMBERS = fileURLToPath(new URL('../support/otlp-members.mjs', import.meta.url));

let server: OtlpServer;
beforeEach(async () => {
  server = await startHttpServer();
});
afterEach(() => server.stop());

/** The instance ids under which `shop/orders` arrived, and what the processes have logged. */
async function runMembers(
  way: string,
  env: Record<string, string> = {},
): Promise<{ ids: string[]; output: string }> {
  const child = new TestProcess(process.execPath, [MEMBERS], {
    WAY: way,
    OTLP_URL: server.url,
    METADATA_SERVER_DETECTION: 'none',
    ...env,
  });
  expect(await child.ended()).toEqual({ code: 0, signal: null });
  const ids = server.requests
    .flatMap(({ resourceMetrics }) => resourceMetrics)
    .map(({ resource }) => attributesOf(resource.attributes)['service.instance.id']);
  return { ids: [...new Set(ids as string[])], output: child.output };
}

describe('T0 two instances whose numbers are in memory by default', () => {
  it.each(['cluster', 'fork', 'threads'])(
    'T0 have two identities at a shared OpenTelemetry receiver, and each warns once: %s',
    async way => {
      const { ids, output } = await runMembers(way);
      expect(ids).toHaveLength(2);
      for (const id of ids) {
        expect(id).toMatch(/\/0$/);
        expect(id).toContain(`${hostname()}-`);
        expect(output).toContain(`host name "${id.replace(/\/0$/, '')}"`);
      }
      expect(output.match(/Task numbers are in memory/g)).toHaveLength(2);
    },
  );

  it('T0 have two identities also with a target from the options', async () => {
    const target = { serviceName: 'shop', jobName: 'web', hostName: 'v7' };
    const { ids } = await runMembers('fork', { TARGET: JSON.stringify(target) });
    expect(ids).toHaveLength(2);
    expect(ids.every(id => id.startsWith(`v7-${hostname()}-`))).toBe(true);
  });

  it('T0 have two identities on Kubernetes outside Google Cloud, each with the name of its pod', async () => {
    const pod = { KUBERNETES_SERVICE_HOST: '10.0.0.1', HOSTNAME: 'web-5d4f-x2x' };
    const { ids } = await runMembers('fork', { ...pod, METADATA_SERVER_DETECTION: '' });
    expect(ids).toHaveLength(2);
    expect(ids.every(id => id.startsWith('web-5d4f-x2x-'))).toBe(true);
  });
});
