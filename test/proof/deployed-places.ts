import { VARIABLES, serviceEnv } from '../deploy/deploy-files.js';

export const LAMP = { name: 'lamp', price: 45, inStock: 50 };
export const { PROJECT_ID, REGION } = VARIABLES;

export type Place = 'app-engine' | 'cloud-run';

/** What the platforms say to an instance. */
export const ENVIRONMENTS: Readonly<Record<Place, Readonly<Record<string, string>>>> = {
  'app-engine': {
    GAE_APPLICATION: `e~${PROJECT_ID}`,
    GAE_DEPLOYMENT_ID: '465123456789012345',
    GAE_ENV: 'standard',
    GAE_INSTANCE: '00c61b117c1234567890',
    GAE_MEMORY_MB: '384',
    GAE_RUNTIME: 'nodejs24',
    GAE_SERVICE: 'default',
    GAE_VERSION: '20260504t030201',
    GOOGLE_CLOUD_PROJECT: PROJECT_ID,
    NODE_ENV: 'production',
  },
  'cloud-run': {
    K_CONFIGURATION: 'shop',
    K_REVISION: 'shop-00001-abc',
    K_SERVICE: 'shop',
    ...serviceEnv(),
  },
};
export const TARGETS = {
  'app-engine': {
    service_name: PROJECT_ID,
    job_name: 'default',
    data_center: REGION,
    host_name: '20260504t030201',
  },
  'cloud-run': {
    service_name: PROJECT_ID,
    job_name: 'shop',
    data_center: REGION,
    host_name: 'shop-00001-abc',
  },
};

/** Answers in place of Google's address for certificates, which is fixed. */
export const OTHER_CERTIFICATES = `import { OAuth2Client } from 'google-auth-library';
OAuth2Client.prototype.getFederatedSignonCertsAsync = async () => ({
  certs: await (await fetch(process.env.FAKE_CERTIFICATES)).json(),
  format: 'PEM',
});
`;
