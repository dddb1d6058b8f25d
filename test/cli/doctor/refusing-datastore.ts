import { Server, ServerCredentials, type handleUnaryCall } from '@grpc/grpc-js';

const SERVICE = '/google.datastore.v1.Datastore';

/** A server that refuses every call to Datastore, as the true one does where something is missing. */
export class RefusingDatastore {
  private readonly server = new Server();
  private port = 0;

  /** @param code a status code of gRPC. */
  static async start(code: number, details: string): Promise<RefusingDatastore> {
    const datastore = new RefusingDatastore();
    const refuse: handleUnaryCall<Buffer, Buffer> = (_, callback) => callback({ code, details });
    const method = (name: string) => ({
      path: `${SERVICE}/${name}`,
      requestStream: false,
      responseStream: false,
      requestSerialize: (bytes: Buffer) => bytes,
      requestDeserialize: (bytes: Buffer) => bytes,
      responseSerialize: (bytes: Buffer) => bytes,
      responseDeserialize: (bytes: Buffer) => bytes,
    });
    datastore.server.addService(
      { lookup: method('Lookup'), runQuery: method('RunQuery'), commit: method('Commit') },
      { lookup: refuse, runQuery: refuse, commit: refuse },
    );
    datastore.port = await new Promise((resolve, reject) => {
      datastore.server.bindAsync(
        '127.0.0.1:0',
        ServerCredentials.createInsecure(),
        (error, port) => (error ? reject(error) : resolve(port)),
      );
    });
    return datastore;
  }

  get host(): string {
    return `127.0.0.1:${this.port}`;
  }

  stop(): void {
    this.server.forceShutdown();
  }
}
