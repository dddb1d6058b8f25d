import { MetadataServer } from '../../support/metadata-server.js';
import type { BenchTable, Effort, Row } from '../bench-table.js';
import { messageFrom } from '../child-process.js';
import { alternated } from '../rounds.js';
import { shareOfPeer } from '../rows.js';
import type { StartTimes } from './app-process.js';

/** What a user imports, as it is published. */
const MAIN_ENTRY = new URL('../../../../dist/entry/index.js', import.meta.url).href;
const ROUNDS = { short: 3, long: 25 } as const;
const TARGET = 1.1;

export const table: BenchTable = {
  title: 'start of an application with forRoot() on Cloud Run, in a new process each time',
  measure: async effort => {
    const metadata = await MetadataServer.start({
      'project/project-id': 'my-shop',
      'instance/region': 'projects/1/regions/europe-west1',
    });
    try {
      return [
        ...(await rowsOf('express', metadata.host, effort)),
        ...(await rowsOf('fastify', metadata.host, effort)),
      ];
    } finally {
      await metadata.stop();
    }
  },
};

async function rowsOf(platform: string, metadataHost: string, effort: Effort): Promise<Row[]> {
  const times = { ours: [] as StartTimes[], none: [] as StartTimes[] };
  const env = {
    K_SERVICE: 'web',
    K_REVISION: 'web-1',
    GCE_METADATA_HOST: metadataHost,
    METADATA_SERVER_DETECTION: 'assume-present',
    // Nothing listens there.
    DATASTORE_EMULATOR_HOST: '127.0.0.1:1',
  };
  const start = async (name: keyof typeof times, ...entry: string[]): Promise<number> => {
    const script = new URL('app-process.js', import.meta.url);
    return times[name].push(await messageFrom<StartTimes>(script, [platform, ...entry], [], env));
  };
  await alternated(
    { ours: () => start('ours', MAIN_ENTRY), none: () => start('none') },
    ROUNDS[effort],
  );
  const rowOf = (what: string, unit: string, part: keyof StartTimes, target?: number): Row =>
    shareOfPeer({
      what: `${platform}, ${what}`,
      unit,
      ours: times.ours.map(one => one[part]),
      peer: 'no module',
      peerValues: times.none.map(one => one[part]),
      target,
    });
  return [
    rowOf('until it listens', 'ms CPU', 'cpuMs', TARGET),
    rowOf('until it listens', 'ms', 'listeningMs', TARGET),
    rowOf('until the first response', 'ms', 'firstResponseMs'),
  ];
}
