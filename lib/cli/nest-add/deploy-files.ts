import { posix } from 'node:path';
import type { AppLayout } from './app-layout.js';
import type { PlatformName } from './schematic.js';

/** A file for the deployment. `part` is what to paste if the file is already there. */
interface DeployFile {
  readonly path: string;
  readonly text: string;
  readonly part: string;
  /** A text that the file contains if the part is already in it. */
  readonly mark: string;
}

const CRON = `  - description: task numbers and global metrics
    url: /internal/cron/ts_mon/housekeeping
    schedule: every 1 minutes
`;

/** @returns the files that the platform needs. On GKE the manifest is the user's, and elsewhere there is none. */
export function deployFiles(platform: PlatformName, layout: AppLayout): DeployFile[] {
  switch (platform) {
    case 'app-engine':
      return [appYaml(layout), cronYaml()];
    case 'cloud-run':
      return [schedulerScript(layout)];
    default:
      return [];
  }
}

function appYaml({ builtMain }: AppLayout): DeployFile {
  const entrypoint = `# Starts node without npm, which would not pass SIGTERM on.\nentrypoint: node ${builtMain}\n`;
  return {
    path: 'app.yaml',
    text: `runtime: nodejs24\n${entrypoint}`,
    part: entrypoint,
    mark: 'entrypoint:',
  };
}

function cronYaml(): DeployFile {
  return {
    path: 'cron.yaml',
    text: `cron:\n${CRON}`,
    part: CRON,
    mark: '/internal/cron/ts_mon/housekeeping',
  };
}

function schedulerScript({ root, name }: AppLayout): DeployFile {
  const text = `#!/bin/sh
# Lets Cloud Scheduler call housekeeping once a minute, and grants the service its two roles.
# Run it after the first deployment of the service: sh tsmon-housekeeping.sh
set -eu
: "\${PROJECT_ID:?is the Google Cloud project: export PROJECT_ID=my-shop}"
: "\${REGION:?is the region of the service: export REGION=europe-west1}"
: "\${SERVICE_ACCOUNT:?is the account that the service runs as: export SERVICE_ACCOUNT=shop@my-shop.iam.gserviceaccount.com}"
service="\${SERVICE:-${name}}"
job="$service-housekeeping"
cron="tsmon-cron@$PROJECT_ID.iam.gserviceaccount.com"

for role in roles/datastore.user roles/monitoring.metricWriter; do
  gcloud projects add-iam-policy-binding "$PROJECT_ID" \\
    --member="serviceAccount:$SERVICE_ACCOUNT" --role="$role" --condition=None --format=none
done

if ! gcloud iam service-accounts describe "$cron" --project="$PROJECT_ID" >/dev/null 2>&1; then
  gcloud iam service-accounts create tsmon-cron --project="$PROJECT_ID" --display-name='Calls housekeeping'
fi

url=$(gcloud run services describe "$service" --project="$PROJECT_ID" --region="$REGION" --format='value(status.url)')
gcloud run services update "$service" --project="$PROJECT_ID" --region="$REGION" \\
  --update-env-vars="TSMON_OIDC_AUDIENCE=$url,TSMON_OIDC_SERVICE_ACCOUNT=$cron"

verb=create
if gcloud scheduler jobs describe "$job" --project="$PROJECT_ID" --location="$REGION" >/dev/null 2>&1; then
  verb=update
fi
gcloud scheduler jobs "$verb" http "$job" --project="$PROJECT_ID" --location="$REGION" --schedule='* * * * *' \\
  --http-method=get --uri="$url/internal/cron/ts_mon/housekeeping" --attempt-deadline=60s \\
  --oidc-service-account-email="$cron" --oidc-token-audience="$url"
`;
  return {
    path: posix.join(root, 'tsmon-housekeeping.sh'),
    text,
    part: text,
    mark: '/internal/cron/ts_mon/housekeeping',
  };
}
