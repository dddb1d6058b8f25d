import { Logger } from '@nestjs/common';
import { describe, expect, it, vi } from 'vitest';
import { cases } from '../../support/cases.js';
import { explore, traceOf } from './explore.js';
import {
  endTimesBeyondTheClaim,
  expiryByOwnSetting,
  luci,
  noAgeRule,
  noFence,
  noVersionsOnRows,
  noWaitForOwnClock,
  releaseByOwnClock,
  reofferingAfterUnknownAnswers,
} from './mutations.js';
import type { Mutation } from './world.js';

const TIMEOUT_MS = 120_000;

/** Each guard removed in turn, and how many schedules are enough to notice; most are noticed at once. */
const MUTATIONS: readonly [string, Mutation, number][] = [
  ['no fence', noFence, 1000],
  ['no versions on rows', noVersionsOnRows, 500],
  ['a number offered again after an unknown answer', reofferingAfterUnknownAnswers, 500],
  ['claims judged by the expiry of the service that runs housekeeping', expiryByOwnSetting, 500],
  ['the algorithm of luci-go', luci, 500],
  ['no wait for the own clock to reach the time of the assignment', noWaitForOwnClock, 5000],
  ['a number used however old its heartbeat is (F5)', noAgeRule, 500],
  ['a release that does not know the latest end time', releaseByOwnClock, 20_000],
  ['payloads that are dated later than their claim is sure to live', endTimesBeyondTheClaim, 5000],
];

describe('the explorer', { timeout: TIMEOUT_MS }, () => {
  it('T1 T2 T3 in 500 schedules the rules hold after every step, every call ends, and nobody waits for ever', async () => {
    const finding = await explore({ firstSeed: 1, schedules: 500 });
    expect(finding && (await traceOf(finding.seed))).toBeUndefined();
  });

  it.each(MUTATIONS)('notices: %s', async (_, mutation, schedules) => {
    const finding = await explore({ firstSeed: 1, schedules, mutation });
    expect(finding).toMatchObject({ violation: expect.stringMatching(/^(T1|T2|T3|nobody waits)/) });
    expect(await traceOf(finding!.seed, mutation)).toContain(finding!.violation.slice(0, 20));
  });

  it('hears no alarm of clones, or of rows that are gone, in worlds that have none', async () => {
    const logged: string[] = [];
    const note = (message: unknown): void => void logged.push(String(message));
    const spies = (['warn', 'error'] as const).map(level =>
      vi.spyOn(Logger.prototype, level).mockImplementation(note),
    );
    await explore({ firstSeed: 1, schedules: cases(3000) });
    spies.forEach(spy => spy.mockRestore());
    expect(logged.length).toBeGreaterThan(20);
    expect(logged.filter(line => /Another process|gone from Datastore/.test(line))).toEqual([]);
  });

  it('takes the same steps for the same seed', async () => {
    const [first, second, other] = await Promise.all([traceOf(7), traceOf(7), traceOf(8)]);
    expect(withoutRunIds(first)).toBe(withoutRunIds(second));
    expect(withoutRunIds(other)).not.toBe(withoutRunIds(first));
  });

  it('meets all that it is there for', async () => {
    const met = new Map<string, number>();
    for (let seed = 1; seed <= 200; seed++) {
      const [troubles = ''] = (await traceOf(seed)).split('--- the faults stop');
      for (const [what, pattern] of Object.entries(SIGHTS)) {
        met.set(what, (met.get(what) ?? 0) + troubles.split(pattern).length - 1);
      }
    }
    const rare = [...met].filter(([, count]) => count <= 10);
    expect(rare).toEqual([]);
  });
});

const SIGHTS: Record<string, RegExp> = {
  'numbers given': /does commit \(to assign .*"applied":true/,
  'several numbers in one commit': /does commit \(to assign the claim "[^"]*" and \d+ more/,
  'claims expired': /does commit \(to expire .*"applied":true/,
  'claims released': /does commit \(to release .*"applied":true/,
  'changes of claims refused': /does commit \(to (assign|expire) .*"applied":false/,
  'heartbeats refused': /does commit \(to renew the claim .*"applied":false/,
  'rows read again after an unknown answer': /does lookup \(to read claims again\)/,
  'errors in place of answers': /gets an error for commit/,
  'commits done twice': /commit \(.*\) of \w+ is sent twice/,
  'commits that come late': /commit \(.*\) of \w+ lies somewhere/,
  'frozen processes': /is frozen/,
  'clocks set': /sets its clock/,
  'releases after a clock was ahead': /sets its clock from .*\n[^\n]* releases/,
  crashes: /crashes/,
  'instances of luci-go': /the Go instance \w+ is alive, and has number \d/,
};

/** Run ids are not from the seed; nothing depends on them. */
function withoutRunIds(trace: string): string {
  return trace.replaceAll(/[\da-f]{8}-[\da-f]{4}-[\da-f-]{22,}/g, 'run');
}
