/** The formats of the status, by the type that a client asks for. The first of equally welcome formats is chosen. */
const FORMATS = [
  { name: 'json', type: 'application/json' },
  { name: 'prometheus', type: 'text/plain' },
  { name: 'html', type: 'text/html' },
] as const;

/** A range of media types in an Accept header, and how welcome it is, from 0 to 1. */
interface MediaRange {
  readonly type: string;
  readonly quality: number;
}

/**
 * Chooses the format of the status by the Accept header of a request. Browsers name HTML, and Prometheus names text; a client
 * that names none of the formats gets JSON.
 */
export function requestedFormat(accept: string | undefined): (typeof FORMATS)[number]['name'] {
  const ranges = (accept ?? '').split(',').map(mediaRange);
  let chosen: (typeof FORMATS)[number] = FORMATS[0];
  let best = 0;
  for (const format of FORMATS) {
    const quality = qualityOf(format.type, ranges);
    if (quality > best) {
      chosen = format;
      best = quality;
    }
  }
  return chosen.name;
}

/**
 * Whether a client that wants the text for Prometheus reads OpenMetrics, as Prometheus itself does. Only OpenMetrics has
 * exemplars.
 *
 * @param format the format that the address names.
 */
export function asksForOpenMetrics(format: string | null, accept = ''): boolean {
  const ranges = accept.split(',').map(mediaRange);
  return (
    (format ?? 'prometheus') === 'prometheus' &&
    ranges.some(({ type, quality }) => type === 'application/openmetrics-text' && quality > 0)
  );
}

function mediaRange(text: string): MediaRange {
  const [type = '', ...parameters] = text.split(';').map(part => part.trim().toLowerCase());
  const quality = parameters.find(parameter => parameter.startsWith('q='))?.slice(2);
  return { type, quality: quality === undefined ? 1 : Number(quality) || 0 };
}

/** Finds how welcome a type is: by the most specific ranges that contain it, and the most welcome of these. */
function qualityOf(type: string, ranges: readonly MediaRange[]): number {
  const group = `${type.split('/', 1)[0]}/*`;
  for (const wanted of [type, group, '*/*']) {
    const fitting = ranges.filter(range => range.type === wanted);
    if (fitting.length > 0) {
      return Math.max(...fitting.map(({ quality }) => quality));
    }
  }
  return 0;
}
