import { types } from 'node:util';
import { systemClock } from '../clock/clock.js';
import { Counter, isCounter } from '../metrics/counter.js';
import {
  CumulativeDistribution,
  isCumulativeDistribution,
} from '../metrics/cumulative-distribution.js';
import type { FieldDeclarations, FieldValue } from '../metrics/fields.js';
import type { Registry } from '../metrics/registry.js';
import { durationIn, isTime, Units } from '../metrics/units.js';
import { OnceLog } from '../seldom-log.js';
import { activeSpan, type TraceSpan } from '../trace-context.js';
import type { CallWrapper } from './method-decoration.js';
import { trackCall, type TrackedCall } from './tracked-call.js';

/** Returns the values of fields for a call. This is code of the application: it may do anything. */
type CallMapper = (call: TrackedCall) => Readonly<Record<string, FieldValue>>;

/** Records calls that have ended. */
export interface CallRecorder {
  /** Whether the spans of calls are wanted. */
  readonly keepsExemplars: boolean;
  /**
   * Records a call. It may throw.
   *
   * @param span the span that was active when the call began.
   */
  record(call: TrackedCall, span: TraceSpan | undefined): void;
}

/**
 * Returns a wrapper that records each call of a method. Logs the first call that cannot be recorded.
 *
 * @param decorated names the method or class in the log.
 */
export function recordCalls(decorated: string, recorder: CallRecorder): CallWrapper {
  const onceLog = new OnceLog();
  const tryToRecord = (call: TrackedCall, span: TraceSpan | undefined): void => {
    try {
      recorder.record(call, span);
    } catch (error) {
      onceLog.failureOnce(`@TrackMetric() on ${decorated} could not record a call.`, error);
    }
  };
  return (method, args, call) => {
    const begin = (): ReturnType<Parameters<typeof trackCall>[0]> => {
      const startMs = systemClock.monotonicNow();
      const span = recorder.keepsExemplars ? activeSpan() : undefined;
      return ending => {
        const durationMs = systemClock.monotonicNow() - startMs;
        tryToRecord({ method, args, durationMs, ...ending }, span);
      };
    };
    return trackCall(begin, call);
  };
}

/** Declares `<name>/count` and `<name>/durations`, with the given fields and `ownFields`, and records in both. */
export function recordInNewMetrics(
  name: string,
  options: {
    readonly description?: string;
    readonly fields?: FieldDeclarations;
    readonly map?: CallMapper;
    readonly registry?: Registry;
  },
  ownFields: readonly ('outcome' | 'method')[],
): CallRecorder {
  const { description, registry, map } = options;
  const fields = { ...options.fields };
  checkMap(`@TrackMetric(${JSON.stringify(name)})`, Object.keys(fields), map);
  for (const own of ownFields) {
    if (own in fields) {
      throw new TypeError(
        `@TrackMetric(${JSON.stringify(name)}) adds a field "${own}" itself; give the one in fields another name.`,
      );
    }
    fields[own] = 'string';
  }
  const count = new Counter(`${name}/count`, { description, fields, registry });
  const durations = new CumulativeDistribution(`${name}/durations`, {
    description,
    fields,
    units: Units.Milliseconds,
    registry,
  });
  return recordMapped([count, durations], map, (call, mappedFields, span) => {
    const values: Record<string, FieldValue> = { ...mappedFields };
    for (const own of ownFields) {
      values[own] = call[own];
    }
    count.add(1, values);
    durations.addInSpan(call.durationMs, span, values);
  });
}

/** Counts calls on a counter, or times them in a distribution. */
export function recordInMetric(metric: unknown, map: CallMapper | undefined): CallRecorder {
  if (isCounter(metric)) {
    checkMap(`@TrackMetric() with metric "${metric.name}"`, metric.fields.names, map);
    const counter = metric as Counter<FieldDeclarations>;
    return recordMapped([counter], map, (_call, fields) => counter.add(1, fields));
  }
  if (isCumulativeDistribution(metric)) {
    const { name, units } = metric;
    checkMap(`@TrackMetric() with metric "${name}"`, metric.fields.names, map);
    if (!isTime(units)) {
      throw new TypeError(
        `@TrackMetric() records times in "${name}", so its units must be a unit of time, such as Units.Milliseconds; got "${units}".`,
      );
    }
    const distribution = metric as CumulativeDistribution<FieldDeclarations>;
    return recordMapped([distribution], map, ({ durationMs }, fields, span) =>
      distribution.addInSpan(durationIn(units, durationMs), span, fields),
    );
  }
  throw new TypeError(
    '@TrackMetric() needs a name, a Counter, or a CumulativeDistribution with a unit of time.',
  );
}

function checkMap(where: string, fieldNames: readonly string[], map: unknown): void {
  if (map !== undefined && typeof map !== 'function') {
    throw new TypeError(`map of ${where} must be a function, got ${typeof map}.`);
  }
  if (fieldNames.length > 0 && !map) {
    throw new TypeError(
      `${where} has the fields ${fieldNames.join(', ')}: give it the option map, a function that returns their values.`,
    );
  }
  if (fieldNames.length === 0 && map) {
    throw new TypeError(`${where} has a map, but no fields: declare fields, or leave map out.`);
  }
}

/** Records calls with the fields that `map` returns. If `map` fails, that is a mistake in the use of each metric. */
function recordMapped(
  metrics: readonly Pick<Counter, 'handleMistake' | 'registry'>[],
  map: CallMapper | undefined,
  record: (call: TrackedCall, fields: ReturnType<CallMapper>, span: TraceSpan | undefined) => void,
): CallRecorder {
  const { store } = metrics[0]!.registry;
  return {
    get keepsExemplars() {
      return store.keepsExemplars;
    },
    record(call, span) {
      let fields: ReturnType<CallMapper>;
      try {
        fields = mapped(map, call);
      } catch (mistake) {
        metrics.forEach(metric => metric.handleMistake(mistake));
        return;
      }
      record(call, fields, span);
    },
  };
}

function mapped(map: CallMapper | undefined, call: TrackedCall): ReturnType<CallMapper> {
  const values: unknown = map?.(call) ?? {};
  if (types.isPromise(values)) {
    values.catch(() => {});
    throw new TypeError('map must return the values of the fields, got a promise.');
  }
  return values as ReturnType<CallMapper>;
}
