import { errorText } from '../log.js';
import { isDistribution } from '../metrics/distribution.js';
import type { CellValue, MetricDeclaration } from '../metrics/metric-declaration.js';
import type { Units } from '../metrics/units.js';
import { TimeSlice } from '../clock/time-slice.js';
import type { StoredCell } from '../store/stored-cell.js';
import { distributionStatus } from './distribution-status.js';
import { exemplarStatus } from './exemplar-status.js';
import type { CellStatus, DeclarationStatus, InstanceStatus } from './status-report.js';
import type { NextSend, StatusReader } from './status-reader.js';

const PIECE_LENGTH = 64 * 1024;

/** Writes a StatusReport as JSON, in pieces that end between two cells. Lets other work run between time slices. */
export async function* statusJson(
  status: InstanceStatus,
  reader: StatusReader,
): AsyncGenerator<string> {
  const slice = new TimeSlice();
  const global = new Set(reader.globalMetrics());
  const metrics = [...reader.instanceMetrics(), ...global];
  const nextSend = reader.nextSends();
  let text = withOpenList(status, 'metrics');
  for (const [i, metric] of metrics.entries()) {
    text += separator(i) + withOpenList(declarationStatus(metric, global.has(metric)), 'cells');
    for (const [j, cell] of (await reader.cells(metric, slice)).entries()) {
      if (slice.isOver) {
        await slice.next();
      }
      text += separator(j) + cellJson(cell, nextSend(cell), status.setup.projectId);
      if (text.length >= PIECE_LENGTH) {
        yield text;
        text = '';
      }
    }
    text += ']}';
  }
  yield `${text}]}\n`;
}

/** Writes an object as JSON up to the start of a list, its last property. */
function withOpenList(object: InstanceStatus | DeclarationStatus, list: string): string {
  return `${JSON.stringify(object).slice(0, -1)},"${list}":[`;
}

function separator(i: number): string {
  return i === 0 ? '' : ',';
}

function declarationStatus(metric: MetricDeclaration, global: boolean): DeclarationStatus {
  const { name, kind, units, description, fields, origin } = metric;
  return {
    name,
    kind: kind.name,
    valueType: kind.valueType,
    cumulative: kind.cumulative,
    units,
    description,
    fields: fields.names.map((field, i) => ({ name: field, type: fields.types[i]! })),
    global,
    source: origin?.source,
    origin: origin && {
      name: origin.name,
      unit: origin.unit,
      kind: origin.kind,
      scope: origin.scope,
    },
  };
}

/** Writes a cell. A target class of the application may throw, or have labels that JSON cannot write. */
function cellJson(cell: StoredCell, next: NextSend, projectId: string | undefined): string {
  const fields = Object.fromEntries(
    cell.metric.fields.names.map((name, i) => [name, cell.fieldValues[i]!]),
  );
  try {
    return JSON.stringify({
      fields,
      target: cell.target?.labels(),
      startTime: cell.metric.kind.cumulative ? cell.resetTime / 1000 : undefined,
      value: valueStatus(cell.value!, cell.metric.units),
      exemplars: cell.exemplars?.map(exemplar => exemplarStatus(exemplar, projectId)),
      ...next,
    } satisfies CellStatus);
  } catch (error) {
    return JSON.stringify({ fields, problem: errorText(error) } satisfies CellStatus);
  }
}

function valueStatus(value: CellValue, units: Units): CellStatus['value'] {
  return isDistribution(value) ? distributionStatus(value, units) : value;
}
