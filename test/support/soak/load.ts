import { Agent, request } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { KINDS, type Kind } from './request-kinds.js';

const CLIENTS = 8;
const PAUSE_MS = 12;
/** How soon a client hangs up: before it can be answered. */
const LEAVES_AFTER_MS = 4;
/** After this time an answer is not expected any more. */
const GIVES_UP_AFTER_MS = 20_000;

interface Answer {
  readonly status: number;
  readonly body: string;
}

/** Clients that send one request after the other, on connections that they keep alive. */
export class Load {
  /** How many requests of each kind had the right answer. */
  readonly answered = new Map<Kind, number>();
  /** Wrong and missing answers, each once. */
  readonly oddAnswers = new Set<string>();
  private slowestMs = 0;
  private made = 0;
  private readonly agent = new Agent({ keepAlive: true, maxSockets: CLIENTS });

  /** @param mostRequests the number of requests after which the clients stop. */
  constructor(
    private readonly port: number,
    private readonly mostRequests: number,
  ) {}

  /** Returns how many requests had the right answer. */
  get total(): number {
    return [...this.answered.values()].reduce((sum, count) => sum + count, 0);
  }

  /** Sends requests until `goesOn` resolves. All requests are over when it returns. */
  async during(goesOn: () => Promise<void>): Promise<void> {
    const over = new AbortController();
    const client = async (): Promise<void> => {
      while (!over.signal.aborted && this.made < this.mostRequests) {
        this.made += 1;
        await this.ask(KINDS[this.made % KINDS.length]!);
        await sleep(PAUSE_MS);
      }
    };
    const clients = Array.from({ length: CLIENTS }, client);
    try {
      await goesOn();
    } finally {
      over.abort();
      await Promise.all(clients);
    }
  }

  /** Returns how long the slowest request took since the last call. */
  takeSlowestMs(): number {
    const { slowestMs } = this;
    this.slowestMs = 0;
    return slowestMs;
  }

  close(): void {
    this.agent.destroy();
  }

  private async ask(kind: Kind): Promise<void> {
    const begun = performance.now();
    try {
      const { status, body } = await this.answer(kind);
      this.note(kind, status === kind.status && body.includes(kind.bodyHas), `${status} ${body}`);
    } catch (error) {
      this.note(kind, kind.leaves === true, String(error));
    }
    this.slowestMs = Math.max(this.slowestMs, performance.now() - begun);
  }

  private note(kind: Kind, isAsExpected: boolean, answer: string): void {
    if (isAsExpected) {
      this.answered.set(kind, (this.answered.get(kind) ?? 0) + 1);
    } else {
      this.oddAnswers.add(`${kind.method} ${kind.path}: ${answer.slice(0, 200)}`);
    }
  }

  private answer({ method, path, body, leaves }: Kind): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const sent = request(
        {
          host: '127.0.0.1',
          port: this.port,
          method,
          path,
          agent: this.agent,
          signal: AbortSignal.timeout(GIVES_UP_AFTER_MS),
          headers: body === undefined ? {} : { 'content-type': 'application/json' },
        },
        response => {
          let text = '';
          response
            .setEncoding('utf8')
            .on('data', (chunk: string) => (text += chunk))
            .on('end', () => resolve({ status: response.statusCode ?? 0, body: text }))
            .on('error', reject);
        },
      );
      sent.on('error', reject).end(body);
      if (leaves) {
        setTimeout(() => sent.destroy(new Error('The client has left.')), LEAVES_AFTER_MS);
      }
    });
  }
}
