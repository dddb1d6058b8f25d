import { setTimeout as sleep } from 'node:timers/promises';
import { HOUSEKEEPING_PATH } from '../../../lib/housekeeping/housekeeping.controller.js';
import { startEmulator, type Emulator, type EmulatorKind } from '../emulators.js';
import { oneRequest } from '../one-request.js';
import { FaultProxy } from './fault-proxy.js';

const HOUSEKEEPING_EVERY_MS = 300;

/** An emulator that can die and come back, at a port that stays the same. */
export class SoakedDatastore {
  private stopped = false;
  private rounds: Promise<void> | undefined;

  private constructor(
    private emulator: Emulator,
    private readonly proxy: FaultProxy,
  ) {}

  static async start(kind: EmulatorKind): Promise<SoakedDatastore> {
    const emulator = await startEmulator(kind);
    return new SoakedDatastore(emulator, await FaultProxy.start(portOf(emulator)));
  }

  get port(): number {
    return this.proxy.port;
  }

  /** Calls the housekeeping of the application at this port again and again, as a cron does. */
  keepHouseOf(appPort: number): void {
    const round = async (): Promise<void> => {
      while (!this.stopped) {
        await oneRequest(`http://127.0.0.1:${appPort}${HOUSEKEEPING_PATH}`);
        await sleep(HOUSEKEEPING_EVERY_MS);
      }
    };
    this.rounds = round();
  }

  pause(): void {
    this.emulator.pause();
  }

  resume(): void {
    this.emulator.resume();
  }

  /** Makes open connections dead. New ones work. */
  async loseConnections(): Promise<void> {
    await this.proxy.suffer('black hole');
    await this.proxy.suffer('none');
  }

  async kill(): Promise<void> {
    await Promise.all([this.emulator.stop(), this.proxy.suffer('refuse')]);
  }

  /** Starts another emulator in its place, without its rows. */
  async restart(): Promise<void> {
    this.emulator = await startEmulator(this.emulator.kind);
    this.proxy.upstreamPort = portOf(this.emulator);
    await this.proxy.suffer('none');
  }

  /** Removes all rows, while the emulator goes on. */
  async loseRows(): Promise<void> {
    await this.emulator.reset();
  }

  async stopRounds(): Promise<void> {
    this.stopped = true;
    await this.rounds;
  }

  async stop(): Promise<void> {
    await Promise.all([this.emulator.stop(), this.proxy.stop()]);
  }
}

function portOf({ host }: Emulator): number {
  return Number(host.split(':')[1]);
}
