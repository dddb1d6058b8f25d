import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { SeededRandom } from './seeded-random.js';

/** A cell as the sample app's own monitor sends it. Times are microseconds since the epoch. */
export interface ReceivedCell {
  readonly target: Readonly<Record<string, string | number>>;
  readonly metric: string;
  readonly cumulative: boolean;
  readonly fields: Readonly<Record<string, string | number | boolean>>;
  readonly startTime?: number;
  readonly value: unknown;
}

/** What a process sent in one call. */
export interface Payload {
  readonly sender: string;
  readonly endTime: number;
  readonly cells: readonly ReceivedCell[];
}

/** How a receiver misbehaves. */
export type ReceiverFault =
  'receiver refused' | 'receiver hung up after it took it' | 'receiver answered late';

const FAULTS: readonly ReceiverFault[] = [
  'receiver refused',
  'receiver hung up after it took it',
  'receiver answered late',
];
const FAULT_RATE = 0.06;
/** Longer than a flush may take. */
const LATE_MS = 3000;

/** The server to which the processes of a test send their cells. It keeps all that it accepts. */
export class Receiver {
  /** The payloads in the order of their arrival. */
  readonly payloads: Payload[] = [];
  /** Whether the receiver misbehaves now and then. */
  faulty = false;
  readonly faults: Record<ReceiverFault, number> = {
    'receiver refused': 0,
    'receiver hung up after it took it': 0,
    'receiver answered late': 0,
  };
  private readonly server: Server;

  private constructor(private readonly random: SeededRandom) {
    this.server = createServer((request, response) => {
      // A sender that is killed in the middle of its payload has sent nothing.
      this.take(request, response).catch(() => response.destroy());
    });
  }

  static async start(random: SeededRandom): Promise<Receiver> {
    const receiver = new Receiver(random);
    await new Promise<void>((resolve, reject) => {
      receiver.server.on('error', reject).listen(0, '127.0.0.1', resolve);
    });
    return receiver;
  }

  /** Returns what this sender has sent. */
  from(sender: string): Payload[] {
    return this.payloads.filter(payload => payload.sender === sender);
  }

  /** Returns the URL to which this sender posts. */
  urlFor(sender: string): string {
    const { port } = this.server.address() as AddressInfo;
    return `http://127.0.0.1:${port}/cells?sender=${encodeURIComponent(sender)}`;
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise(resolve => this.server.close(resolve));
  }

  private async take(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = JSON.parse(await textOf(request)) as Omit<Payload, 'sender'>;
    const fault = this.nextFault();
    if (fault === 'receiver refused') {
      response.writeHead(503).end('A bad moment.');
      return;
    }
    this.payloads.push({ ...body, sender: senderOf(request) });
    if (fault === 'receiver hung up after it took it') {
      response.destroy();
      return;
    }
    if (fault === 'receiver answered late') {
      await sleep(LATE_MS);
    }
    response.writeHead(204).end();
  }

  private nextFault(): ReceiverFault | undefined {
    if (!this.faulty || this.random.next() >= FAULT_RATE) {
      return undefined;
    }
    const fault = this.random.oneOf(FAULTS);
    this.faults[fault]++;
    return fault;
  }
}

function senderOf({ url = '' }: IncomingMessage): string {
  return new URL(url, 'http://receiver').searchParams.get('sender') ?? '';
}

async function textOf(request: IncomingMessage): Promise<string> {
  let text = '';
  for await (const chunk of request.setEncoding('utf8')) {
    text += String(chunk);
  }
  return text;
}
