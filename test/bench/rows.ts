import type { Row } from './bench-table.js';
import { spreadOf, spreadOfRatios } from './spread.js';

/** What was measured in the same rounds, of ours and of a peer. */
export interface Compared {
  readonly what: string;
  readonly unit: string;
  readonly ours: readonly number[];
  readonly peer: string;
  readonly peerValues: readonly number[];
  readonly target?: number | undefined;
  readonly alarm?: number;
  readonly note?: string;
}

/** How many times as much the peer takes. */
export function timesFaster(compared: Compared): Row {
  const { ours, peerValues } = compared;
  return { ...rowOf(compared), ratio: spreadOfRatios(peerValues, ours), direction: 'at-least' };
}

/** What part of the peer's ours comes to. */
export function shareOfPeer(compared: Compared): Row {
  const { ours, peerValues } = compared;
  return { ...rowOf(compared), ratio: spreadOfRatios(ours, peerValues), direction: 'at-most' };
}

function rowOf(compared: Compared): Row {
  return {
    ...compared,
    ours: spreadOf(compared.ours),
    peerValue: spreadOf(compared.peerValues),
  };
}
