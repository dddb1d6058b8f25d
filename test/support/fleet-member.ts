import { setTimeout as sleep } from 'node:timers/promises';
import { HOUSEKEEPING_PATH } from '../../lib/housekeeping/housekeeping.controller.js';
import type { SampleApp } from './apps.js';
import { oneRequest, type Answer } from './one-request.js';
import type { SeededRandom } from './seeded-random.js';

const CUSTOMERS = 2;
const LONGEST_PAUSE_MS = 1500;
const PLACED = 201;
const REFUSED = 402;

/** A freeze of a process. Times are microseconds since the epoch. */
export interface Freeze {
  readonly from: number;
  to: number;
}

/** A process of the fleet from its start to its end, and the customers that it serves meanwhile. */
export class FleetMember {
  /** Orders that the process has answered as placed or refused: it must have counted them. */
  placed = 0;
  refused = 0;
  /** Orders that had no answer: the process may have counted them. */
  unanswered = 0;
  readonly oddAnswers: Answer[] = [];
  readonly freezes: Freeze[] = [];
  /** When the process was told to end, in microseconds since the epoch; undefined before that, and if it was killed. */
  terminatedAt: number | undefined;
  /** Whether a fault may strike it. */
  healthy = true;
  private buying = true;
  private customers: readonly Promise<void>[] = [];
  private housekeeping: Promise<Answer | undefined> | undefined;

  /** @param name the name of the process in its payloads. */
  constructor(
    readonly name: string,
    readonly app: SampleApp,
    private readonly random: SeededRandom,
  ) {}

  get isRunning(): boolean {
    return this.app.process.isRunning;
  }

  openShop(): void {
    this.customers = Array.from({ length: CUSTOMERS }, () => this.buy());
  }

  /** Sends a request that orders nothing, and may be elected to flush. */
  async look(): Promise<void> {
    await oneRequest(`${this.app.url}/items`);
  }

  /** Calls housekeeping as App Engine's cron does; returns undefined while the former call is under way. */
  keepHouse(): Promise<Answer | undefined> | undefined {
    if (this.housekeeping) {
      return undefined;
    }
    const headers = { 'x-appengine-cron': 'true' };
    this.housekeeping = oneRequest(`${this.app.url}${HOUSEKEEPING_PATH}`, { headers }).finally(
      () => {
        this.housekeeping = undefined;
      },
    );
    return this.housekeeping;
  }

  async freezeFor(ms: number): Promise<void> {
    const freeze = { from: Date.now() * 1000, to: Number.POSITIVE_INFINITY };
    this.app.process.freeze();
    this.freezes.push(freeze);
    await sleep(ms);
    freeze.to = Date.now() * 1000;
    this.app.process.resume();
  }

  async kill(): Promise<void> {
    await this.app.end('SIGKILL');
  }

  /** Ends the process as a platform does, after its customers have left. */
  async terminate(): Promise<void> {
    await this.closeShop();
    this.terminatedAt = Date.now() * 1000;
    await this.app.end('SIGTERM');
  }

  /** Stops ordering, and waits until each order was answered or has failed. */
  async closeShop(): Promise<void> {
    this.buying = false;
    await Promise.all(this.customers);
  }

  private async buy(): Promise<void> {
    while (this.buying && this.isRunning) {
      this.note(await this.order());
      await sleep(this.random.below(LONGEST_PAUSE_MS));
    }
  }

  private order(): Promise<Answer | undefined> {
    const method = this.random.oneOf(['card', 'invoice']);
    return oneRequest(`${this.app.url}/orders`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ item: 'book', quantity: 1, method }),
    });
  }

  private note(answer: Answer | undefined): void {
    switch (answer?.status) {
      case undefined:
        this.unanswered++;
        break;
      case PLACED:
        this.placed++;
        break;
      case REFUSED:
        this.refused++;
        break;
      default:
        this.oddAnswers.push(answer!);
    }
  }
}
