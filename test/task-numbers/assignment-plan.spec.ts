import { describe, expect, it } from 'vitest';
import { AssignmentPlan } from '../../lib/task-numbers/assignment-plan.js';
import { WAITING, type Claim } from '../../lib/task-numbers/claim.js';
import { SeededRandom } from '../support/seeded-random.js';

const NOW = Date.UTC(2026, 0, 1);
const HOUR_MS = 3_600_000;

function claim(key: string, parts: Partial<Claim> = {}): Claim {
  return {
    key,
    group: 'g',
    taskNum: WAITING,
    lastUpdatedMs: NOW,
    expirationSec: 60,
    ...parts,
  };
}

interface Decisions {
  expired: string[];
  repairs: string[];
  assigned: Record<string, number>;
}

function decide(claims: readonly Claim[]): Decisions {
  const plan = new AssignmentPlan<Claim>(NOW);
  const verdicts = claims.map(one => ({ key: one.key, verdict: plan.add(one) }));
  const keysOf = (wanted: string): string[] =>
    verdicts.filter(({ verdict }) => verdict === wanted).map(({ key }) => key);
  return {
    expired: keysOf('expire'),
    repairs: keysOf('repair'),
    assigned: Object.fromEntries(
      [...plan.assignments()].map(({ claim: { key }, taskNum }) => [key, taskNum]),
    ),
  };
}

describe('AssignmentPlan', () => {
  it('without claims decides nothing', () => {
    expect(decide([])).toEqual({ expired: [], repairs: [], assigned: {} });
  });

  it('T2 gives the smallest free numbers in the order of the keys, whatever the order of the claims', () => {
    const claims = [
      claim('z', { taskNum: 1 }),
      claim('c'),
      claim('a'),
      claim('y', { taskNum: 3 }),
      claim('b'),
    ];
    const expected = { a: 0, b: 2, c: 4 };
    expect(decide(claims).assigned).toEqual(expected);
    expect(decide(claims.toReversed()).assigned).toEqual(expected);
  });

  it('T2 a number freed by this run is still used in it', () => {
    const old = NOW - 60_001;
    expect(decide([claim('a', { taskNum: 0, lastUpdatedMs: old }), claim('b')])).toEqual({
      expired: ['a'],
      repairs: [],
      assigned: { b: 1 },
    });
  });

  it('T3 lets a claim expire strictly after its own expiry', () => {
    const decisions = decide([
      claim('exact', { lastUpdatedMs: NOW - 60_000, taskNum: 5 }),
      claim('over', { lastUpdatedMs: NOW - 60_000.001, taskNum: 6 }),
      claim('long', { lastUpdatedMs: NOW - 60_001, taskNum: 7, expirationSec: 1800 }),
      claim('short', { lastUpdatedMs: NOW - 1_001, taskNum: 8, expirationSec: 1 }),
      claim('waiting', { lastUpdatedMs: NOW - 60_001 }),
    ]);
    expect(decisions).toEqual({ expired: ['over', 'short', 'waiting'], repairs: [], assigned: {} });
  });

  it('a heartbeat that is unreadable or more than an hour ahead is repaired, and the number counts as used', () => {
    const decisions = decide([
      claim('unreadable', { lastUpdatedMs: undefined, taskNum: 0 }),
      claim('nan', { lastUpdatedMs: Number.NaN, taskNum: 1 }),
      claim('far', { lastUpdatedMs: NOW + HOUR_MS + 1, taskNum: 2 }),
      claim('ahead', { lastUpdatedMs: NOW + HOUR_MS, taskNum: 3 }),
      claim('farWaiting', { lastUpdatedMs: NOW + 2 * HOUR_MS }),
      claim('new'),
    ]);
    expect(decisions).toEqual({
      expired: [],
      repairs: ['unreadable', 'nan', 'far', 'farWaiting'],
      assigned: { new: 4 },
    });
  });

  it('two claims that share a number by accident are left to their owners', () => {
    const claims = [claim('a', { taskNum: 0 }), claim('b', { taskNum: 0 }), claim('c')];
    expect(decide(claims)).toEqual({ expired: [], repairs: [], assigned: { c: 1 } });
  });

  it('a huge number costs no loop over those below it', () => {
    const claims = [claim('a', { taskNum: 2 ** 31 - 1 }), claim('b')];
    expect(decide(claims).assigned).toEqual({ b: 0 });
  });

  it('T7 keeps only the number of a claim that holds one', () => {
    const plan = new AssignmentPlan<Claim>(NOW);
    for (let i = 0; i < 100; i++) {
      plan.add(claim(`k${i}`, { taskNum: i % 10 }));
    }
    plan.add(claim('waits'));
    const kept = JSON.stringify([...reachable(plan)]);
    expect(kept).toContain('"waits"');
    expect(kept).not.toMatch(/"k\d/);
    expect(plan.instances).toBe(101);
  });

  it('agrees with a naive model, for random claims', () => {
    const seeded = new SeededRandom(7);
    const random = (): number => seeded.next();
    for (let round = 0; round < 500; round++) {
      const claims = randomClaims(random);
      expect(decide(shuffled(claims, random)).assigned).toEqual(naiveAssignments(claims));
      const { expired, repairs } = decide(claims);
      expect(expired).toEqual(claims.filter(isExpired).map(one => one.key));
      expect(repairs).toEqual(claims.filter(isBad).map(one => one.key));
    }
  });

  it('counts groups and living claims', () => {
    const plan = new AssignmentPlan<Claim>(NOW);
    plan.add(claim('a'));
    plan.add(claim('b', { group: 'h', taskNum: 4 }));
    plan.add(claim('c', { group: 'h', lastUpdatedMs: undefined }));
    plan.add(claim('d', { group: 'dead', lastUpdatedMs: 0 }));
    expect([plan.targets, plan.instances]).toEqual([3, 3]);
  });
});

function isBad({ lastUpdatedMs }: Claim): boolean {
  return lastUpdatedMs === undefined || lastUpdatedMs > NOW + HOUR_MS;
}

function isExpired(one: Claim): boolean {
  return !isBad(one) && NOW - (one.lastUpdatedMs ?? 0) > one.expirationSec * 1000;
}

function naiveAssignments(claims: readonly Claim[]): Record<string, number> {
  const result: Record<string, number> = {};
  for (const group of new Set(claims.map(one => one.group))) {
    const members = claims.filter(one => one.group === group);
    const used = members.map(one => one.taskNum);
    const waiting = members
      .filter(one => one.taskNum === WAITING && !isBad(one) && !isExpired(one))
      .map(one => one.key)
      .sort();
    for (const key of waiting) {
      let n = 0;
      while (used.includes(n)) {
        n++;
      }
      used.push(n);
      result[key] = n;
    }
  }
  return result;
}

function randomClaims(random: () => number): Claim[] {
  const int = (below: number): number => Math.floor(random() * below);
  return Array.from({ length: int(30) }, (_, i) =>
    claim(`${int(100)}-${i}`, {
      group: `g${int(3)}`,
      taskNum: int(2) === 0 ? WAITING : int(12),
      lastUpdatedMs: [undefined, NOW, NOW - 59_000, NOW - 61_000, NOW + 2 * HOUR_MS][int(5)],
      expirationSec: [30, 60, 1800][int(3)] ?? 60,
    }),
  );
}

function shuffled<T>(items: readonly T[], random: () => number): T[] {
  return items
    .map(item => ({ item, at: random() }))
    .sort((a, b) => a.at - b.at)
    .map(({ item }) => item);
}

/** All values that hang on an object, also in maps and sets. */
function reachable(root: unknown, seen = new Set<unknown>()): Set<unknown> {
  if (typeof root !== 'object' || root === null || seen.has(root)) {
    return seen;
  }
  if (!(root instanceof Map || root instanceof Set)) {
    seen.add(root);
  }
  const children =
    root instanceof Map || root instanceof Set ? [...root].flat() : Object.values(root);
  for (const child of children) {
    reachable(child, seen);
  }
  return seen;
}
