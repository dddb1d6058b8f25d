import { randomBytes } from 'node:crypto';
import {
  createConnection,
  createServer,
  type AddressInfo,
  type Server,
  type Socket,
} from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { until } from '../processes.js';

/** What goes wrong between a client and its server. */
export type ConnectionFault =
  | 'none'
  /** Accepts connections and passes nothing on until the fault is over. Then all of it passes, late. */
  | 'hang'
  /** Passes nothing on. Connections that were open stay dead for ever, though nobody closes them. */
  | 'black hole'
  /** Stops listening, and resets open connections. */
  | 'refuse'
  /** Answers with random bytes, and resets these connections when the fault is over. */
  | 'garbage'
  /** Delivers what the client sends, and then closes the connection toward the client. */
  | 'half-close'
  /** Passes answers on byte by byte. */
  | 'drip';

const GARBAGE_BYTES = 300;
const DRIP_EVERY_MS = 100;

/** Proxy before a server, at a port that stays the same. It injects faults into connections. */
export class FaultProxy {
  private fault: ConnectionFault = 'none';
  private readonly links = new Set<Link>();
  private server: Server | undefined;

  private constructor(
    /** The port of the server, which may change. */
    public upstreamPort: number,
    readonly port: number,
    server: Server,
  ) {
    this.use(server);
  }

  static async start(upstreamPort: number): Promise<FaultProxy> {
    const server = newServer();
    await listen(server, 0);
    return new FaultProxy(upstreamPort, (server.address() as AddressInfo).port, server);
  }

  async suffer(fault: ConnectionFault): Promise<void> {
    this.fault = fault;
    if (fault === 'refuse') {
      await this.stop();
    } else if (!this.server) {
      await this.open();
    }
    this.links.forEach(link => link.suffer(fault));
  }

  private use(server: Server): void {
    this.server = server;
    server.on('connection', client => {
      const link = new Link(client, this.upstreamPort);
      this.links.add(link);
      client.once('close', () => this.links.delete(link));
      link.suffer(this.fault);
    });
  }

  /** Listens again. It retries, since another process may use the port for a connection of its own. */
  private async open(): Promise<void> {
    const server = await until(`the port ${this.port} is free again`, async () => {
      const attempt = newServer();
      return await listen(attempt, this.port).then(
        () => attempt,
        () => undefined,
      );
    });
    this.use(server);
  }

  /** Stops listening. */
  async stop(): Promise<void> {
    const { server } = this;
    this.server = undefined;
    const closed = new Promise(resolve => (server ? server.close(resolve) : resolve(undefined)));
    this.links.forEach(link => link.reset());
    await closed;
  }
}

/** A connection of a client, and the one to the server that belongs to it. */
class Link {
  private readonly upstream: Socket;
  private fault: ConnectionFault = 'none';
  private isDead = false;
  /** Passes data from the server on, in its order. */
  private passing = Promise.resolve();

  constructor(
    private readonly client: Socket,
    upstreamPort: number,
  ) {
    this.upstream = createConnection({ port: upstreamPort, host: '127.0.0.1' });
    this.upstream.setNoDelay();
    client.setNoDelay();
    client.on('data', data => this.fromClient(data));
    this.upstream.on('data', data => this.fromServer(data));
    client.on('end', () => this.upstream.end());
    this.upstream.on('end', () => client.end());
    for (const [one, other] of [
      [client, this.upstream],
      [this.upstream, client],
    ] as const) {
      one.on('error', () => other.destroy());
      one.on('close', () => other.destroy());
    }
  }

  suffer(fault: ConnectionFault): void {
    if (this.fault === 'garbage') {
      this.reset();
    }
    this.fault = fault;
    this.isDead ||= fault === 'black hole';
    for (const socket of [this.client, this.upstream]) {
      if (this.isDead || fault === 'hang') {
        socket.pause();
      } else {
        socket.resume();
      }
    }
  }

  reset(): void {
    this.client.resetAndDestroy();
  }

  private fromClient(data: Buffer): void {
    if (this.fault === 'garbage') {
      this.client.write(randomBytes(GARBAGE_BYTES));
      return;
    }
    this.upstream.write(data);
    if (this.fault === 'half-close') {
      this.client.end();
    }
  }

  private fromServer(data: Buffer): void {
    this.passing = this.passing.then(() => this.pass(data));
  }

  private async pass(data: Buffer): Promise<void> {
    let passed = 0;
    for (; this.isDripping && passed < data.length; passed += 1) {
      this.toClient(data.subarray(passed, passed + 1));
      await sleep(DRIP_EVERY_MS);
    }
    this.toClient(data.subarray(passed));
  }

  private get isDripping(): boolean {
    return this.fault === 'drip' && this.client.writable;
  }

  private toClient(data: Buffer): void {
    if (this.client.writable) {
      this.client.write(data);
    }
  }
}

function newServer(): Server {
  return createServer({ allowHalfOpen: true });
}

function listen(server: Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject).listen(port, '127.0.0.1', resolve);
  });
}
