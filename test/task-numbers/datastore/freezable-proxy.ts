import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { once } from 'node:events';

/** Passes connections on to an emulator, until they are frozen: then they stay open and carry nothing. */
export class FreezableProxy {
  private readonly sockets: Socket[] = [];

  private constructor(
    private readonly server: Server,
    readonly host: string,
  ) {}

  static async to(backendHost: string): Promise<FreezableProxy> {
    const { hostname, port } = new URL(`http://${backendHost}`);
    const server = createServer();
    await once(server.listen(0, '127.0.0.1'), 'listening');
    const proxy = new FreezableProxy(server, `127.0.0.1:${(server.address() as AddressInfo).port}`);
    server.on('connection', socket => {
      const backend = connect(Number(port), hostname);
      socket.pipe(backend).pipe(socket);
      for (const one of [socket, backend]) {
        proxy.sockets.push(one.on('error', () => undefined));
      }
    });
    return proxy;
  }

  freezeConnections(): void {
    for (const socket of this.sockets) {
      socket.unpipe().pause();
    }
  }

  async close(): Promise<void> {
    for (const socket of this.sockets) {
      socket.destroy();
    }
    await new Promise(done => this.server.close(done));
  }
}
