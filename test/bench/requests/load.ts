import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

const CONNECTIONS = 50;
const REQUEST = Buffer.from('GET /trivial HTTP/1.1\r\nHost: localhost\r\n\r\n');

/**
 * The same load for every server: 50 connections, each of which asks again when it was answered. All answers are
 * equally long, so that counting their bytes is enough; that keeps the client cheap, and its share of the machine
 * the same.
 */
export class Load {
  private remaining = 0;
  private underWay = 0;
  private done = (): void => {};
  private failed: (error: Error) => void = () => {};

  private constructor(
    private readonly sockets: readonly Socket[],
    private readonly answerBytes: number,
  ) {
    for (const socket of sockets) {
      this.serve(socket);
    }
  }

  static async on(port: number): Promise<Load> {
    const sockets = Array.from({ length: CONNECTIONS }, () => connect(port, '127.0.0.1'));
    await Promise.all(sockets.map(socket => once(socket, 'connect')));
    sockets.forEach(socket => socket.setNoDelay(true));
    return new Load(sockets, await lengthOfAnswer(sockets[0]!));
  }

  /** Makes so many requests, and resolves when all are answered. */
  run(requests: number): Promise<void> {
    this.remaining = requests;
    return new Promise((resolve, reject) => {
      this.done = resolve;
      this.failed = reject;
      this.sockets.forEach(socket => this.ask(socket));
    });
  }

  close(): void {
    this.sockets.forEach(socket => socket.destroy());
  }

  private serve(socket: Socket): void {
    let received = 0;
    socket.on('data', chunk => {
      received += chunk.length;
      if (received === this.answerBytes) {
        received = 0;
        this.underWay -= 1;
        this.ask(socket);
      } else if (received > this.answerBytes) {
        this.failed(new Error('An answer was longer than the first one.'));
      }
    });
    socket.on('error', error => this.failed(error));
    socket.on('end', () => this.failed(new Error('The server closed a connection.')));
  }

  private ask(socket: Socket): void {
    if (this.remaining > 0) {
      this.remaining -= 1;
      this.underWay += 1;
      socket.write(REQUEST);
    } else if (this.underWay === 0) {
      this.done();
    }
  }
}

async function lengthOfAnswer(socket: Socket): Promise<number> {
  socket.write(REQUEST);
  let text = '';
  while (!isWhole(text)) {
    const [chunk] = (await once(socket, 'data')) as [Buffer];
    text += chunk.toString('latin1');
  }
  return text.length;
}

function isWhole(answer: string): boolean {
  const end = answer.indexOf('\r\n\r\n');
  const length = /^content-length: (\d+)/im.exec(answer)?.[1];
  if (!/^HTTP\/1.1 200 /.test(answer) && answer !== '') {
    throw new Error(`The server answered ${JSON.stringify(answer)}.`);
  }
  return end !== -1 && length !== undefined && answer.length >= end + 4 + Number(length);
}
