import type { BenchTable } from '../bench-table.js';
import { timesFaster } from '../rows.js';
import { labelsOf } from '../workload.js';
import { boundCellOf, promOf } from './counter-recorders.js';
import { nanosecondsARecording } from './recorder.js';

export const table: BenchTable = {
  title: 'cell.add(1) of a bound cell, against a lookup of three labels',
  measure: async effort => {
    const recorders = { ours: boundCellOf(labelsOf(0)), prom: promOf([labelsOf(0)]) };
    const { ours, prom } = await nanosecondsARecording(recorders, effort);
    const peer = { peer: 'prom-client inc', peerValues: prom };
    return [timesFaster({ what: 'bound cell', unit: 'ns CPU', ours, ...peer, target: 100 })];
  },
};
