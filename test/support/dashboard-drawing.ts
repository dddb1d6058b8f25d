/** A line of a panel: points of seconds since the epoch and values. */
export interface Line {
  readonly name: string;
  readonly points: readonly (readonly [atSec: number, value: number])[];
}

/** A panel of a dashboard of Grafana, with what its queries have answered. */
export interface DrawnPanel {
  readonly title: string;
  readonly type: string;
  readonly gridPos: {
    readonly h: number;
    readonly w: number;
    readonly x: number;
    readonly y: number;
  };
  readonly lines: readonly Line[];
}

const COLUMN_PX = 50;
const ROW_PX = 26;
const COLORS = ['#73bf69', '#f2cc0c', '#5794f2', '#ff780a', '#e02f44', '#b877d9', '#37872d'];

/** Draws panels where Grafana would put them, as a page. Heatmaps have a row for each bucket, darker where fewer samples are. */
export function pageOf(panels: readonly DrawnPanel[]): string {
  const boxes = panels.map(panel => {
    const { x, y, w, h } = panel.gridPos;
    const place = `left:${x * COLUMN_PX}px;top:${y * ROW_PX}px;width:${w * COLUMN_PX - 8}px;height:${h * ROW_PX - 8}px`;
    return `<div class="${panel.type === 'row' ? 'row' : 'panel'}" style="${place}"><b>${escaped(panel.title)}</b>${drawingOf(panel)}</div>`;
  });
  return `<!doctype html><meta charset="utf-8"><style>
    body { margin: 8px; background: #111217; color: #ccccdc; font: 12px 'DejaVu Sans', sans-serif; }
    div { position: absolute; box-sizing: border-box; overflow: hidden; padding: 4px 8px; }
    .panel { background: #181b1f; border: 1px solid #2c3235; }
    .row b { font-size: 14px; }
    .legend { position: absolute; bottom: 4px; height: 14px; white-space: nowrap; font-size: 10px; }
    svg { position: absolute; left: 8px; top: 22px; }
  </style>${boxes.join('')}`;
}

function drawingOf({ type, lines, gridPos: { w, h } }: DrawnPanel): string {
  const [width, height] = [w * COLUMN_PX - 26, h * ROW_PX - 62];
  if (type === 'row') {
    return '';
  }
  if (lines.length === 0) {
    return '<p>No data</p>';
  }
  return type === 'heatmap' ? heatmapOf(lines, width, height) : chartOf(lines, width, height);
}

function chartOf(lines: readonly Line[], width: number, height: number): string {
  const scale = scaleOf(lines, width, height);
  const paths = lines.map(({ points }, i) => {
    const path = points.map(([at, value]) => `${scale.x(at)},${scale.y(value)}`).join(' ');
    return `<polyline points="${path}" fill="none" stroke="${colorOf(i)}" stroke-width="1.5"/>`;
  });
  const legend = lines.map(
    ({ name }, i) => `<span style="color:${colorOf(i)}">■</span> ${escaped(name)} `,
  );
  const most = `<text x="2" y="10" fill="#8e8e99" font-size="10">${scale.most === Number.MIN_VALUE ? 0 : shortNumber(scale.most)}</text>`;
  return `<svg width="${width}" height="${height}">${most}${paths.join('')}</svg><p class="legend">${legend.join('')}</p>`;
}

/** Prometheus counts all samples up to a bound: what lies between two bounds is the difference. */
function heatmapOf(lines: readonly Line[], width: number, height: number): string {
  const buckets = lines.toSorted((a, b) => Number(a.name) - Number(b.name));
  const scale = scaleOf(lines, width, height);
  const rowPx = height / buckets.length;
  const cells = buckets.flatMap(({ points }, row) =>
    points.map(([at, upTo], i) => {
      const below = buckets[row - 1]?.points[i]?.[1] ?? 0;
      return { at, row, count: Math.max(0, upTo - below) };
    }),
  );
  const most = Math.max(...cells.map(({ count }) => count), Number.MIN_VALUE);
  const widthPx = width / Math.max(1, buckets[0]!.points.length);
  const squares = cells
    .filter(({ count }) => count > 0)
    .map(
      ({ at, row, count }) =>
        `<rect x="${scale.x(at)}" y="${height - (row + 1) * rowPx}" width="${widthPx + 1}" height="${rowPx}" fill="#ff780a" opacity="${0.15 + (0.85 * count) / most}"/>`,
    );
  return `<svg width="${width}" height="${height}">${squares.join('')}</svg><p class="legend">${escaped(`up to ${buckets.at(-2)?.name ?? '+Inf'}`)}</p>`;
}

function scaleOf(lines: readonly Line[], width: number, height: number) {
  const all = lines.flatMap(({ points }) => points);
  const times = all.map(([at]) => at);
  const [from, to] = [Math.min(...times), Math.max(...times)];
  const most = Math.max(...all.map(([, value]) => value).filter(Number.isFinite), Number.MIN_VALUE);
  return {
    most,
    x: (at: number): number => ((at - from) / Math.max(1, to - from)) * width,
    y: (value: number): number => height - (Math.max(0, value) / most) * (height - 14),
  };
}

function colorOf(i: number): string {
  return COLORS[i % COLORS.length]!;
}

function shortNumber(value: number): string {
  return Number(value.toPrecision(3)).toString();
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
}
