import { setTimeout as sleep } from 'node:timers/promises';
import type { Emulator } from './emulators.js';
import type { Fleet } from './fleet.js';
import type { FleetMember } from './fleet-member.js';
import { until } from './processes.js';
import type { SeededRandom } from './seeded-random.js';

/** How often each fault strikes. */
export const FAULTS = {
  'emulator paused past the expiry': 1,
  'several frozen past the expiry, and resumed at once': 1,
  'housekeeper frozen in the middle of its work': 1,
  'frozen past the expiry': 4,
  'housekeeper killed in the middle of its work': 1,
  'emulator paused for a moment': 6,
  'frozen for less than the expiry': 8,
  'killed, and another started': 7,
  'ended by SIGTERM, and another started': 6,
} as const;

type Fault = keyof typeof FAULTS;

const PAST_THE_EXPIRY = /past|frozen in/;
const LONGEST_PEACE_MS = 1200;
const LONGEST_MOMENT_MS = 2000;
/** A run of housekeeping takes about this long. */
const HOUSEKEEPING_MS = 60;
const SEVERAL = 6;
/** How many processes no fault may strike, so that the fleet goes on. */
const SPARED_MEMBERS = 6;
const SPARED_HOUSEKEEPERS = 2;

/** Faults that strike a fleet and its emulator. A seed gives their order and their victims, not the very moments. */
export class Chaos {
  private readonly faults: Readonly<Record<Fault, () => Promise<unknown>>> = {
    'emulator paused past the expiry': () => this.pauseEmulator(this.expiries(1.05, 1.15)),
    'several frozen past the expiry, and resumed at once': () => {
      const ms = this.expiries(1.2, 1.4);
      const freezeOne = () => this.strike(this.anyone, member => member.freezeFor(ms));
      return Promise.all(Array.from({ length: SEVERAL }, freezeOne));
    },
    'housekeeper frozen in the middle of its work': () =>
      this.strike(this.anyHousekeeper, async member => {
        await this.beginHousekeeping(member);
        await member.freezeFor(this.expiries(1.2, 1.4));
      }),
    'frozen past the expiry': () =>
      this.strike(this.anyone, member => member.freezeFor(this.expiries(1.1, 1.4))),
    'housekeeper killed in the middle of its work': () =>
      this.strike(this.anyHousekeeper, async member => {
        await this.beginHousekeeping(member);
        await this.fleet.replace(member, () => member.kill());
      }),
    'emulator paused for a moment': () => this.pauseEmulator(this.random.below(LONGEST_MOMENT_MS)),
    'frozen for less than the expiry': () =>
      this.strike(this.anyone, member => member.freezeFor(this.expiries(0.1, 0.95))),
    'killed, and another started': () =>
      this.strike(this.anyone, member => this.fleet.replace(member, () => member.kill())),
    'ended by SIGTERM, and another started': () =>
      this.strike(this.anyone, member => this.fleet.replace(member, () => member.terminate())),
  };

  private pauses = 0;

  constructor(
    private readonly fleet: Fleet,
    private readonly emulator: Emulator,
    private readonly expirationSec: number,
    private readonly random: SeededRandom,
  ) {}

  /** Strikes with all faults, and resolves when each process that was frozen, paused or ended is back. */
  async rage(): Promise<void> {
    const struck: Promise<unknown>[] = [];
    for (const fault of this.inRandomOrder()) {
      const over = this.faults[fault]();
      // A failure is reported below, when all of them are awaited.
      over.catch(() => undefined);
      struck.push(over);
      await sleep(this.random.below(LONGEST_PEACE_MS));
    }
    await Promise.all(struck);
  }

  /** Puts the faults that take long in the first half: later ones would make the test wait for them alone. */
  private inRandomOrder(): Fault[] {
    return (Object.entries(FAULTS) as [Fault, number][])
      .flatMap(([fault, times]) => Array.from({ length: times }, () => fault))
      .map(fault => ({ fault, place: this.random.next() / (PAST_THE_EXPIRY.test(fault) ? 2 : 1) }))
      .sort((a, b) => a.place - b.place)
      .map(({ fault }) => fault);
  }

  private async strike(
    pick: () => FleetMember | undefined,
    fault: (member: FleetMember) => Promise<void>,
  ): Promise<void> {
    const victim = await until('there is a process that may be struck', () => {
      const member = pick();
      if (member) {
        member.healthy = false;
      }
      return member;
    });
    await fault(victim);
    victim.healthy = true;
  }

  private readonly anyone = (): FleetMember | undefined => {
    const healthy = this.fleet.running.filter(member => member.healthy);
    const victim = healthy.length > SPARED_MEMBERS ? this.random.oneOf(healthy) : undefined;
    return victim && this.fleet.housekeepers.includes(victim) ? this.anyHousekeeper() : victim;
  };

  private readonly anyHousekeeper = (): FleetMember | undefined => {
    const healthy = this.fleet.housekeepers.filter(member => member.healthy);
    return healthy.length > SPARED_HOUSEKEEPERS ? this.random.oneOf(healthy) : undefined;
  };

  private async beginHousekeeping(member: FleetMember): Promise<void> {
    void member.keepHouse();
    await sleep(this.random.below(HOUSEKEEPING_MS));
  }

  /** Pauses the emulator. Pauses may overlap: the last one to end resumes it. */
  private async pauseEmulator(ms: number): Promise<void> {
    this.pauses++;
    this.emulator.pause();
    await sleep(ms);
    if (--this.pauses === 0) {
      this.emulator.resume();
    }
  }

  private expiries(from: number, to: number): number {
    return this.expirationSec * 1000 * (from + (to - from) * this.random.next());
  }
}
