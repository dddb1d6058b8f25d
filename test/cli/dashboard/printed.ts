import { runCommandLine } from '../../../lib/cli/run-command-line.js';

/** What `nestjs-tsmon dashboard` prints, as an object. */
export async function printed<T>(...args: string[]): Promise<T> {
  let [out, complaint] = ['', ''];
  await runCommandLine(['dashboard', ...args], {
    print: text => (out += text),
    complain: text => (complaint += text),
  });
  if (complaint !== '') {
    throw new Error(complaint);
  }
  return JSON.parse(out) as T;
}

/** A dashboard of Grafana, as far as tests read it. */
export interface GrafanaDashboard {
  readonly title: string;
  readonly templating: { readonly list: readonly { readonly name: string }[] };
  readonly panels: readonly GrafanaPanel[];
}

export interface GrafanaPanel {
  readonly id: number;
  readonly type: string;
  readonly title: string;
  readonly gridPos: {
    readonly h: number;
    readonly w: number;
    readonly x: number;
    readonly y: number;
  };
  readonly datasource?: { readonly type: string; readonly uid: string };
  readonly targets?: readonly { readonly refId: string; readonly expr: string }[];
}

/** Rules of Prometheus, as far as tests read them. */
export interface PrometheusRules {
  readonly groups: readonly {
    readonly rules: readonly { readonly alert: string; readonly expr: string }[];
  }[];
}

/** The queries of a dashboard of Grafana, with its variables replaced as Grafana does. */
export function queriesOf({ panels }: GrafanaDashboard): { title: string; query: string }[] {
  return panels.flatMap(({ title, targets = [] }) =>
    targets.map(({ expr }) => ({
      title,
      query: expr.replaceAll('$__rate_interval', '1m').replace(/"\$\w+"/g, '".*"'),
    })),
  );
}
