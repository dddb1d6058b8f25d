import { hostname } from 'node:os';
import type { MetadataReader } from '../../lib/platform/platform-metadata.js';

/** The instance id where nothing tells one. */
export const HOST_AND_PID = `${hostname()}-${process.pid}`;

/** What the metadata server of a service of Cloud Run knows. */
export const METADATA: Record<string, unknown> = {
  'project/project-id': 'my-shop',
  'instance/id': '00bf4bf02d51',
  'instance/region': 'projects/123456789/regions/europe-west1',
  'instance/zone': 'projects/123456789/zones/europe-west3-b',
};

/** A metadata server, and the paths that it was asked for. */
export function metadataServer(values: Record<string, unknown> = METADATA) {
  const asked: string[] = [];
  const reader: MetadataReader = {
    async read(path) {
      asked.push(path);
      if (!(path in values)) {
        throw new Error('404 Not Found');
      }
      return values[path];
    },
  };
  return { asked, reader };
}

export const APP_ENGINE = {
  GAE_SERVICE: 'checkout',
  GAE_VERSION: '20260102t030405',
  GAE_INSTANCE: '00c61b117c',
  GOOGLE_CLOUD_PROJECT: 'my-shop',
};
export const CLOUD_RUN = {
  K_SERVICE: 'checkout',
  K_REVISION: 'checkout-00042-abc',
  K_CONFIGURATION: 'checkout',
};
