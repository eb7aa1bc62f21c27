/** admission.k8s.io/v1, as far as we write it. client-node has no types for it. */
export const ADMISSION_API_VERSION = 'admission.k8s.io/v1';

/** What the API server reads of an answer. */
export interface AdmissionResponse {
  /** The uid of the request, which the API server checks. */
  readonly uid: string;
  readonly allowed: boolean;
  readonly status?: { readonly code: number; readonly reason: string; readonly message: string };
  readonly warnings?: readonly string[];
  /** Go into the API server's own audit log, as `<webhook name>/<key>`. */
  readonly auditAnnotations?: Readonly<Record<string, string>>;
}

/** The envelope of an answer. */
export interface AdmissionReview {
  readonly apiVersion: typeof ADMISSION_API_VERSION;
  readonly kind: 'AdmissionReview';
  readonly response: AdmissionResponse;
}

/** Wraps an answer. */
export function reviewOf(response: AdmissionResponse): AdmissionReview {
  return { apiVersion: ADMISSION_API_VERSION, kind: 'AdmissionReview', response };
}
