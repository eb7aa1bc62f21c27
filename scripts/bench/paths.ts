import { NAME, NAMESPACE } from './deployment.ts';

/** Where things are in the API. */
const REGISTRATION = '/apis/admissionregistration.k8s.io/v1';

export const NAMESPACES = '/api/v1/namespaces';
export const DEPLOYMENTS = `/apis/apps/v1/namespaces/${NAMESPACE}/deployments`;
export const GUARDRAILS = '/apis/guardrails.dev/v1alpha1/guardrails';
export const WEBHOOKS = `${REGISTRATION}/validatingwebhookconfigurations`;
export const POLICIES = `${REGISTRATION}/validatingadmissionpolicies`;
export const BINDINGS = `${REGISTRATION}/validatingadmissionpolicybindings`;

/** The update that is measured: all of admission happens, and nothing is stored. */
export const DRY_UPDATE = `${DEPLOYMENTS}/${NAME}?dryRun=All&fieldManager=bench`;
