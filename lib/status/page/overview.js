// @ts-check
/** @import { StatusReport } from '../status-report.js' */
import { byId, element, setChildren, setFacts, setText } from './dom.js';
import { duration, wholeSeconds } from './numbers.js';
import { counted, shortened } from './text.js';

const LONGEST_REASON = 500;
/** A flush that is late by more intervals means that the timer has stopped or the process is frozen. */
const INTERVALS_LATE = 2;

/** @typedef {{ tone: 'good' | 'waiting' | 'bad' | 'off', state: string, why: string }} Verdict */

/**
 * Returns whether the instance exports, and the reason.
 *
 * @param {StatusReport} report
 * @returns {Verdict}
 */
export function verdictOf({ running, exporting, target, lastFlush, nextFlushInSec, setup }) {
  if (!running) {
    return {
      tone: 'off',
      state: 'Not exporting',
      why: 'Metrics are disabled, or the application has not started or is closing. Nothing is sent.',
    };
  }
  if (!exporting) {
    return {
      tone: 'waiting',
      state: 'Waiting for a task number',
      why: 'Nothing is sent yet, and nothing is lost: cells gather until housekeeping has assigned a number.',
    };
  }
  const state = `Exporting as task ${target.task_num ?? '?'}`;
  if (lastFlush?.outcome === 'failed') {
    return {
      tone: 'bad',
      state: 'The last flush failed',
      why: 'Nothing is lost: what was not accepted is sent again with the next flush.',
    };
  }
  if (lastFlush && lastFlush.rejected > 0) {
    return {
      tone: 'bad',
      state,
      why: `${counted(lastFlush.rejected, 'cell')} of the last flush will never be accepted.`,
    };
  }
  if (!lastFlush) {
    return { tone: 'waiting', state, why: 'There was no flush yet.' };
  }
  if (setup.flushMode !== 'request' && nextFlushInSec < -INTERVALS_LATE * setup.flushIntervalSec) {
    return {
      tone: 'bad',
      state: 'The flush is late',
      why: 'It should have begun long ago: the process gets no CPU, or is busy.',
    };
  }
  return {
    tone: 'good',
    state,
    why: `Everything was accepted by ${setup.monitors.join(' and ')}.`,
  };
}

/**
 * Shows the parts that change only with a new report.
 *
 * @param {StatusReport} report
 */
export function showOverview(report) {
  const { target, lastFlush, instanceId, setup, dropped, versions } = report;
  const { tone, state, why } = verdictOf(report);
  const title = byId('state', HTMLElement);
  setText(title, state);
  title.dataset.tone = tone;
  setText(byId('why', HTMLElement), why);
  const group = [target.service_name, target.job_name, target.data_center, target.host_name];
  setText(
    byId('target', HTMLElement),
    shortened(group.filter(Boolean).join(' / '), LONGEST_REASON),
  );
  document.title = `${state} · ${shortened(String(target.job_name ?? ''), 40)} · tsmon`;
  showProblems([
    ...(lastFlush?.reasons ?? []),
    ...Object.entries(dropped).map(
      ([name, count]) => `${name} has too many cells: ${counted(count, 'recording')} lost.`,
    ),
  ]);
  setFacts(byId('details', HTMLElement), [
    ['Service', shownPart(target.service_name)],
    ['Job', shownPart(target.job_name)],
    ['Data center', shownPart(target.data_center)],
    ['Host', shownPart(target.host_name)],
    ['Instance', shortened(instanceId, LONGEST_REASON)],
    ['Sent to', setup.monitors.join(', ')],
    ['Numbers from', setup.allocator],
    ['Platform', setup.platform],
  ]);
  setText(
    byId('versions', HTMLElement),
    Object.entries(versions)
      .map(([name, version]) => `${name} ${version}`)
      .join(' · '),
  );
}

/**
 * Shows the figures that count up between two reports.
 *
 * @param {StatusReport} report
 * @param {number} sinceMs how long ago it was made
 */
export function showFigures({ time, target, lastFlush, nextFlushInSec, running, setup }, sinceMs) {
  const [next, nextNote] = nextFlush(running, nextFlushInSec * 1000 - sinceMs, setup);
  setText(byId('next-flush-in', HTMLElement), `Next flush ${next}:`);
  const cells = lastFlush && lastFlush.accepted + lastFlush.rejected;
  setFacts(byId('figures', HTMLElement), [
    ['Task number', target.task_num === undefined ? 'none' : String(target.task_num)],
    [
      'Last flush',
      lastFlush ? `${wholeSeconds(time - lastFlush.startedAt + sinceMs)} ago` : 'none',
      lastFlush ? `took ${duration(lastFlush.durationMs)}` : '',
    ],
    [
      'Cells accepted',
      lastFlush ? lastFlush.accepted.toLocaleString('en') : 'none',
      cells ? `of ${cells.toLocaleString('en')}` : '',
    ],
    ['Next flush', next, nextNote],
  ]);
}

/**
 * @param {boolean} running
 * @param {number} inMs
 * @param {StatusReport['setup']} setup
 * @returns {[string, string]}
 */
function nextFlush(running, inMs, { flushMode, flushIntervalSec }) {
  if (!running) {
    return ['none', ''];
  }
  const every = `every ${wholeSeconds(flushIntervalSec * 1000)}`;
  const due = inMs > 0 ? `in ${wholeSeconds(inMs)}` : 'due';
  return flushMode === 'request'
    ? [inMs > 0 ? due : 'with the next request', `${every}, within a request`]
    : [due, every];
}

/** @param {readonly string[]} problems */
function showProblems(problems) {
  const list = byId('problems', HTMLElement);
  list.hidden = problems.length === 0;
  const texts = problems.map(problem => shortened(problem, LONGEST_REASON));
  if (texts.join('\n') !== Array.from(list.children, item => item.textContent).join('\n')) {
    setChildren(
      list,
      texts.map(text => element('li', '', element('bdi', '', text))),
    );
  }
}

/** @param {string | number | undefined} part */
function shownPart(part) {
  return shortened(String(part ?? ''), LONGEST_REASON) || '–';
}
