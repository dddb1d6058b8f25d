#!/bin/sh
# Creates the account that the shop runs as, and grants it two roles:
# one for claims and the lease in Datastore, one for points in Cloud Monitoring.
set -eu
: "${PROJECT_ID:?is the project to deploy to: export PROJECT_ID=my-shop}"

account="shop-app@$PROJECT_ID.iam.gserviceaccount.com"

if ! gcloud iam service-accounts describe "$account" --project="$PROJECT_ID" >/dev/null 2>&1; then
  gcloud iam service-accounts create shop-app --project="$PROJECT_ID" --display-name='Runs the shop'
fi
for role in roles/datastore.user roles/monitoring.metricWriter; do
  gcloud projects add-iam-policy-binding "$PROJECT_ID" \
    --member="serviceAccount:$account" --role="$role" --condition=None --format=none
done
