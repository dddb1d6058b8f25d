import { SampleApp, SampleApps } from './apps.js';
import { FleetMember } from './fleet-member.js';
import { SeededRandom } from './seeded-random.js';

/** What a fleet is made of. */
export interface FleetOptions {
  readonly size: number;
  /** How many members have their housekeeping called: the first ones. */
  readonly housekeepers: number;
  readonly seed: number;
  /** The environment of a process. */
  envOf(name: string): Record<string, string>;
}

/** Starting a process takes two seconds of CPU: more of them at a time starve those that run. */
const STARTS_AT_A_TIME = 2;

/** Processes of the sample app. When one has ended, another takes its place. */
export class Fleet {
  /** All members that were ever started, in the order of their start. */
  readonly members: FleetMember[] = [];
  private readonly apps = new SampleApps();
  private readonly places: (FleetMember | undefined)[];
  private readonly waitingToStart: (() => void)[] = [];
  private starting = 0;
  private lastNumber = 0;
  private open = false;
  private removed = false;

  constructor(private readonly options: FleetOptions) {
    this.places = Array.from({ length: options.size });
  }

  /** Starts the members, and lets customers in once all are ready. */
  async start(): Promise<void> {
    await Promise.all(Array.from(this.places, (_, place) => this.startAt(place)));
    this.open = true;
    this.members.forEach(member => member.openShop());
  }

  get running(): FleetMember[] {
    return this.places.filter(member => member !== undefined);
  }

  /** The running members whose housekeeping is called. */
  get housekeepers(): FleetMember[] {
    return this.places.slice(0, this.options.housekeepers).filter(member => member !== undefined);
  }

  /** Ends a member by `end`, and starts another in its place. */
  async replace(member: FleetMember, end: () => Promise<void>): Promise<void> {
    const place = this.places.indexOf(member);
    await end();
    this.places[place] = undefined;
    await this.startAt(place);
  }

  /** Ends all members, frozen ones too, and starts no more. */
  async removeAll(): Promise<void> {
    this.removed = true;
    await this.apps.removeAll();
  }

  private async startAt(place: number): Promise<void> {
    await this.turnToStart();
    try {
      if (this.removed) {
        return;
      }
      const number = ++this.lastNumber;
      const name = `process-${number}`;
      const app = await SampleApp.start(this.apps, 'fastify', this.options.envOf(name));
      const member = new FleetMember(name, app, new SeededRandom(this.options.seed + number));
      if (this.open) {
        member.openShop();
      }
      this.members.push(member);
      this.places[place] = member;
    } finally {
      this.starting--;
      this.waitingToStart.shift()?.();
    }
  }

  private async turnToStart(): Promise<void> {
    while (this.starting >= STARTS_AT_A_TIME) {
      await new Promise<void>(resolve => this.waitingToStart.push(resolve));
    }
    this.starting++;
  }
}
