import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

const PREFIX = '/computeMetadata/v1/';

/** Answers as the metadata server of Google Cloud does: `GCE_METADATA_HOST` names it. */
export class MetadataServer {
  private readonly server: Server;

  private constructor(values: Readonly<Record<string, string>>) {
    this.server = createServer(({ url = '', headers }, response) => {
      // A request for a token has a query behind its path.
      const value = values[url.slice(PREFIX.length).split('?')[0]!];
      const isKnown = url.startsWith(PREFIX) && headers['metadata-flavor'] && value !== undefined;
      response.writeHead(isKnown ? 200 : 404, { 'Metadata-Flavor': 'Google' }).end(value);
    });
  }

  /** @param values by their paths: `instance/region`. */
  static async start(values: Readonly<Record<string, string>>): Promise<MetadataServer> {
    const metadata = new MetadataServer(values);
    await new Promise<void>((resolve, reject) => {
      metadata.server.on('error', reject).listen(0, '127.0.0.1', resolve);
    });
    return metadata;
  }

  get host(): string {
    return `127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise(resolve => this.server.close(resolve));
  }
}
