import { Counter } from '../../../lib/metrics/counter.js';
import { storeOf } from '../../../lib/store/in-memory-store.js';
import type { BenchTable } from '../bench-table.js';
import { shareOfPeer } from '../rows.js';
import { FIELDS, labelsOf, type Labels } from '../workload.js';
import { oursOf } from './counter-recorders.js';
import { nanosecondsARecording, type Recorder } from './recorder.js';
import { roomyRegistry } from '../roomy-registry.js';

/** No slower, within what two runs of the same code differ by. */
const TARGET = 1.05;

export const table: BenchTable = {
  title: 'counter.add(1, fields) while metrics are disabled, against enabled',
  measure: async effort => {
    const recorders = { off: disabled(labelsOf(0)), on: oursOf([labelsOf(0)]) };
    const { off, on } = await nanosecondsARecording(recorders, effort);
    const peer = { peer: 'ours, enabled', peerValues: on };
    return [shareOfPeer({ what: 'same cell', unit: 'ns CPU', ours: off, ...peer, target: TARGET })];
  },
};

/** What it counts is counted by the loop: the cell must not have moved. */
function disabled(labels: Labels): Recorder {
  const registry = roomyRegistry(1);
  const counter = new Counter('bench/requests', { fields: FIELDS, registry });
  counter.add(1, labels);
  storeOf(registry).recording = false;
  let dropped = 0;
  return {
    cells: 1,
    record: times => {
      for (let i = 0; i < times; i++) {
        counter.add(1, labels);
      }
      dropped += times;
    },
    recorded: () => dropped + (counter.get(labels) ?? 0) - 1,
  };
}
