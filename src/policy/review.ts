/** A decoded JSON object of the cluster. Read it through `own()`: its keys are chosen by strangers. */
export type KubeObject = { readonly [key: string]: unknown };

/** The four operations that admission knows. */
export type Operation = 'CREATE' | 'UPDATE' | 'DELETE' | 'CONNECT';

/** Who asks, as the API server authenticated them. An impersonator is invisible here. */
export interface Subject {
  readonly username: string;
  readonly uid?: string;
  readonly groups: readonly string[];
}

/** A resource, without its version. `group` is "" for the core group. */
export interface GroupResource {
  readonly group: string;
  readonly resource: string;
}

/** One admission request, decoded: all that the engine knows of what is about to happen. */
export interface Review extends GroupResource {
  /** The uid of the AdmissionRequest. One user action can be several reviews with different uids. */
  readonly uid: string;
  readonly operation: Operation;
  readonly version: string;
  /** "" when the request goes to the resource itself. */
  readonly subresource: string;
  /** "" for cluster-scoped objects, but a Namespace carries its own name here. */
  readonly namespace: string;
  /** The real name: of the request, else of its objects (a collection delete sends no name). "" while a generated name is not known. */
  readonly name: string;
  readonly subject: Subject;
  readonly object?: KubeObject;
  readonly oldObject?: KubeObject;
  readonly options?: KubeObject;
  readonly dryRun: boolean;
}
