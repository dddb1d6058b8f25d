import { afterEach, describe, expect, it } from 'vitest';
import { Chaos, FAULTS } from '../support/chaos.js';
import {
  emulatorsAvailable,
  startEmulator,
  type Emulator,
  type EmulatorKind,
} from '../support/emulators.js';
import { Fleet } from '../support/fleet.js';
import type { FleetMember } from '../support/fleet-member.js';
import { HousekeepingRounds } from '../support/housekeeping-rounds.js';
import { until } from '../support/processes.js';
import {
  hadLastFlush,
  ordersMissing,
  unknownSendsOf,
  wrongCounts,
} from '../support/orders-counted.js';
import { Receiver } from '../support/receiver.js';
import { SeededRandom } from '../support/seeded-random.js';
import { groupedBy, isGlobal, overlapsOf, tenuresOf } from '../support/tenures.js';

const FLEET_SIZE = 20;
const HOUSEKEEPERS = 4;
const EXPIRATION_SEC = 12;
const INTERVAL_SEC = 2;

/** Another one may be given, to see once more what a seed has shown. */
const seed = Number(process.env.FORCE_SEED ?? Date.now() % 1e6);

const cleanUps: (() => unknown)[] = [];
afterEach(async () => {
  await Promise.all(cleanUps.splice(0).map(cleanUp => cleanUp()));
});

describe.skipIf(!emulatorsAvailable)(`proof by force, FORCE_SEED=${seed}`, () => {
  it.each<EmulatorKind>(['firestore', 'datastore'])(
    'T1 F7 on the %s emulator no two processes of a fleet ever send under one identity at a time, and no order is lost, nor counted twice in silence',
    async kind => {
      const stage = await setUp(kind);
      const { emulator, receiver, fleet } = stage;

      const startSec = await secondsOf(async () => {
        await fleet.start();
        await everybodySends(stage);
      });
      receiver.faulty = true;
      const chaos = new Chaos(fleet, emulator, EXPIRATION_SEC, new SeededRandom(seed));
      const chaosSec = await secondsOf(() => chaos.rage());
      receiver.faulty = false;
      const endSec = await secondsOf(async () => {
        await everybodySends(stage);
        await allOrdersArrive(stage);
      });

      const seen = { startSec, chaosSec, endSec, ...whatWasSeen(stage) };
      process.stdout.write(`Proof by force on the ${kind} emulator: ${JSON.stringify(seen)}\n`);
      expect.soft(overlapsOf(tenuresOf(receiver.payloads))).toEqual([]);
      expect.soft(wronglyCounted(stage)).toEqual([]);
      expect.soft(fleet.members.flatMap(({ oddAnswers }) => oddAnswers)).toEqual([]);
      // Otherwise all of this has proved nothing.
      expect.soft(seen.housekeepings.skipped, 'runs that met another one').toBeGreaterThan(0);
      expect.soft(seen.numbersReused, 'numbers that went to another process').toBeGreaterThan(0);
      expect.soft(seen.numbersLost, 'numbers lost while frozen').toBeGreaterThan(0);
      expect.soft(seen.lastFlushes, 'processes ended with a last flush').toBeGreaterThan(0);
    },
  );
});

interface Stage {
  readonly emulator: Emulator;
  readonly receiver: Receiver;
  readonly fleet: Fleet;
  readonly rounds: HousekeepingRounds;
}

async function setUp(kind: EmulatorKind): Promise<Stage> {
  const emulator = await startEmulator(kind);
  cleanUps.push(() => emulator.stop());
  const receiver = await Receiver.start(new SeededRandom(seed));
  cleanUps.push(() => receiver.stop());
  const random = new SeededRandom(seed);
  const fleet = new Fleet({
    size: FLEET_SIZE,
    housekeepers: HOUSEKEEPERS,
    seed,
    envOf: name => ({
      GAE_ENV: 'standard',
      GAE_SERVICE: 'shop',
      GAE_VERSION: 'v1',
      // As in real life, their order says nothing of their age.
      GAE_INSTANCE: String(random.next()),
      GOOGLE_CLOUD_PROJECT: 'shop',
      DATASTORE_PROJECT_ID: 'shop',
      DATASTORE_EMULATOR_HOST: emulator.host,
      TSMON_CRON: 'off',
      TSMON_FLUSH_INTERVAL_SEC: String(INTERVAL_SEC),
      TSMON_EXPIRATION_SEC: String(EXPIRATION_SEC),
      TSMON_RECEIVER_URL: receiver.urlFor(name),
    }),
  });
  cleanUps.push(() => fleet.removeAll());
  const rounds = new HousekeepingRounds(fleet, new SeededRandom(seed));
  rounds.start();
  cleanUps.push(() => rounds.stop());
  return { emulator, receiver, fleet, rounds };
}

async function secondsOf(work: () => Promise<void>): Promise<number> {
  const begun = performance.now();
  await work();
  return Math.round((performance.now() - begun) / 1000);
}

async function everybodySends({ fleet, receiver }: Stage): Promise<void> {
  const since = Date.now() * 1000;
  await until('every process has a number, and sends', () =>
    fleet.running.every(({ name }) =>
      receiver.from(name).some(({ endTime, cells }) => endTime > since && !cells.every(isGlobal)),
    ),
  );
}

/** Customers stay away, and requests that order nothing flush what is left. */
async function allOrdersArrive({ fleet, receiver }: Stage): Promise<void> {
  await Promise.all(fleet.running.map(member => member.closeShop()));
  await until('all orders have arrived', async () => {
    const missing = fleet.running.filter(member =>
      ordersMissing(member, receiver.from(member.name)),
    );
    await Promise.all(missing.map(member => member.look()));
    return missing.length === 0;
  }).catch(() => {
    // What is missing is said better by those who count.
  });
}

function wronglyCounted({ fleet, receiver }: Stage): string[] {
  return fleet.members.flatMap(member => wrongCounts(member, receiver.from(member.name)));
}

function whatWasSeen({ receiver, fleet, rounds }: Stage) {
  const { members } = fleet;
  const { payloads, faults } = receiver;
  const { done, skipped, failed, assigned, expired } = rounds;
  const tenures = tenuresOf(payloads.filter(({ cells }) => !cells.every(isGlobal)));
  const lostNumber = ({ name, freezes }: FleetMember): boolean =>
    freezes.some(
      freeze =>
        tenures.some(({ sender, from }) => sender === name && from < freeze.from) &&
        tenures.some(({ sender, from }) => sender === name && from > freeze.to),
    );
  const numbers = groupedBy(tenures, ({ identity }) => identity);
  const sum = (count: (member: FleetMember) => number): number =>
    members.reduce((total, member) => total + count(member), 0);
  return {
    processes: members.length,
    faults: { ...FAULTS, ...faults },
    payloads: payloads.length,
    orders: sum(({ placed, refused }) => placed + refused),
    housekeepings: { done, skipped, failed },
    numbersHandedOut: assigned,
    claimsExpired: expired,
    numbersInUse: numbers.size,
    numbersReused: [...numbers.values()].filter(
      held => new Set(held.map(({ sender }) => sender)).size > 1,
    ).length,
    numbersLost: members.filter(lostNumber).length,
    lastFlushes: members.filter(member => hadLastFlush(member, receiver.from(member.name))).length,
    unknownSends: sum(({ name }) => unknownSendsOf(receiver.from(name))),
  };
}
