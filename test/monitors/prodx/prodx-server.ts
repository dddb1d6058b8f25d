import {
  Metadata,
  Server,
  ServerCredentials,
  type ServerUnaryCall,
  type sendUnaryData,
} from '@grpc/grpc-js';
import { loadedPackage, decodedRequest, reply, type Collection } from './messages.js';

const SERVICE = 'google.internal.prodx.mon.v1.MonitoringService';

/** What one call brought. */
export interface Received {
  readonly collections: Collection[];
  readonly metadata: Metadata;
  /** True once the caller has given the call up. */
  cancelled: boolean;
}

type Answer = (callback: sendUnaryData<Buffer>) => void;

export const ok: Answer = callback => callback(null, reply());

/** A gRPC server that takes what ProdX takes, and answers as it is told. */
export class ProdXServer {
  readonly received: Received[] = [];
  answer: Answer = ok;

  private constructor(
    private readonly server: Server,
    readonly endpoint: string,
  ) {}

  static async start(
    credentials = ServerCredentials.createInsecure(),
    address = '127.0.0.1:0',
  ): Promise<ProdXServer> {
    const server = new Server();
    const port = await new Promise<number>((resolve, reject) =>
      server.bindAsync(address, credentials, (error, bound) =>
        error ? reject(error) : resolve(bound),
      ),
    );
    const started = new ProdXServer(server, `localhost:${port}`);
    server.addService(rawService(), {
      Insert: (call: ServerUnaryCall<Buffer, Buffer>, callback: sendUnaryData<Buffer>) =>
        started.take(call, callback),
    });
    return started;
  }

  get port(): number {
    return Number(this.endpoint.split(':')[1]);
  }

  stop(): void {
    this.server.forceShutdown();
  }

  private take(call: ServerUnaryCall<Buffer, Buffer>, callback: sendUnaryData<Buffer>): void {
    const received: Received = {
      collections: decodedRequest(call.request),
      metadata: call.metadata,
      cancelled: false,
    };
    call.on('cancelled', () => {
      received.cancelled = true;
    });
    this.received.push(received);
    this.answer(callback);
  }
}

/** The service of the .proto file, with replies as bytes, so that they may be anything. */
function rawService(): import('@grpc/grpc-js').ServiceDefinition {
  const { Insert } = loadedPackage()[SERVICE] as import('@grpc/grpc-js').ServiceDefinition;
  return {
    Insert: {
      ...Insert!,
      requestDeserialize: (bytes: Buffer) => bytes,
      responseSerialize: (bytes: Buffer) => bytes,
    },
  };
}
