import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

const PROCESS = fileURLToPath(new URL('./backend-process.js', import.meta.url));

/** A server that takes whatever is posted. It runs in another process, so that its work is not measured with ours. */
export class Backend {
  private constructor(
    private readonly child: ChildProcess,
    readonly url: string,
    /** `host:port` of its gRPC service, for ProdX. */
    readonly grpcEndpoint: string,
  ) {}

  static async start(): Promise<Backend> {
    const child = fork(PROCESS, { execArgv: [] });
    const [[port, grpcPort]] = (await once(child, 'message')) as [[number, number]];
    return new Backend(child, `http://127.0.0.1:${port}`, `127.0.0.1:${grpcPort}`);
  }

  async stop(): Promise<void> {
    const exit = once(this.child, 'exit');
    this.child.disconnect();
    await exit;
  }
}
