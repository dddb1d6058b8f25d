import type { Effort, Row } from '../bench-table.js';
import { timesFaster } from '../rows.js';
import { nanosecondsARecording, type Recorder } from './recorder.js';

/** What is measured, and what it should come to against prom-client. */
interface Bounds {
  readonly what: string;
  readonly target?: number;
  readonly alarm?: number;
}

/** What the peers call the method that records. */
export interface PeerMethods {
  readonly prom: string;
  readonly otel: string;
}

/** Measures how many times faster ours records than prom-client and OpenTelemetry. */
export async function comparedRows(
  recorders: Readonly<Record<'ours' | 'prom' | 'otel', Recorder>>,
  methods: PeerMethods,
  { what, ...bounds }: Bounds,
  effort: Effort,
): Promise<Row[]> {
  const { ours, prom, otel } = await nanosecondsARecording(recorders, effort);
  const row = { what, unit: 'ns CPU', ours };
  return [
    timesFaster({ ...row, peer: `prom-client ${methods.prom}`, peerValues: prom, ...bounds }),
    timesFaster({ ...row, peer: `OpenTelemetry ${methods.otel}`, peerValues: otel }),
  ];
}
