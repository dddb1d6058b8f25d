import { expect } from 'vitest';
import { TIMEOUT_SEC } from './protocol.js';
import type { Phase, Soak } from './soak.js';

/**
 * F2, with 200 ms for what a late timer leaves to be read, and two seconds for a machine that has other things to do.
 * Who waits for a monitor that hangs waits until the fault is over, which comes after that.
 */
const LATENCY_BOUND_MS = TIMEOUT_SEC * 1000 + 200 + 2000;
const HELD_MS = (TIMEOUT_SEC * 1000) / 5;
const HEAP_TOLERANCE_MB = 8;
/** Connections of eight clients, of housekeeping, to the monitor and to Datastore, and some that are being closed. */
const MOST_SOCKETS = 20;
/** Of an application that starts. */
const FIRST_LOG_ENTRIES = 60;
const LOG_ENTRIES_A_FLUSH = 4;

/** The application has served all requests in time, kept its size, said little, and ends as it should. */
export async function expectUnharmed(soak: Soak): Promise<void> {
  const { app, load, phases } = soak;
  expect.soft([...load.oddAnswers]).toEqual([]);
  // If no request was slow, none has waited for a failing server.
  expect.soft(Math.max(...phases.map(({ slowestMs }) => slowestMs))).toBeGreaterThan(HELD_MS);
  expect.soft(phases.filter(isSlow).map(summaryOf)).toEqual([]);
  expect.soft(phases.filter(phase => hasGrown(phase, phases[0]!)).map(summaryOf)).toEqual([]);

  const flushes = soak.told('tsmon/flush/count');
  const logEntries = app.output.split('\n').filter(line => line.startsWith('[Nest]')).length;
  const seen = { requests: load.total, flushes, logEntries, countedTwice: soak.countedTwice };
  process.stdout.write(`Soaked: ${JSON.stringify({ ...seen, phases: phases.map(summaryOf) })}\n`);
  expect.soft(logEntries).toBeLessThan(FIRST_LOG_ENTRIES + LOG_ENTRIES_A_FLUSH * flushes);
  expect.soft(load.total).toBeGreaterThan(20 * flushes);
  expect.soft(app.output).not.toMatch(/Warning:/);
  expect.soft(await app.end('SIGTERM')).toEqual({ code: null, signal: 'SIGTERM' });
}

function isSlow({ slowestMs }: Phase): boolean {
  return slowestMs > LATENCY_BOUND_MS;
}

function hasGrown({ heapMegabytes, sockets }: Phase, first: Phase): boolean {
  return heapMegabytes > first.heapMegabytes + HEAP_TOLERANCE_MB || sockets > MOST_SOCKETS;
}

function summaryOf(phase: Phase): string {
  const { name, seconds, slowestMs, flushesByHand, heapMegabytes, sockets } = phase;
  const held = `${Math.round(heapMegabytes)} MB, ${sockets} sockets`;
  return `${name}: ${seconds} s, slowest ${slowestMs} ms, ${flushesByHand} flushes by hand, ${held}`;
}
