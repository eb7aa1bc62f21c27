/** Names one object of the cluster. `group` and `namespace` are "" where there is none. */
export interface ObjectReference {
  readonly group: string;
  readonly version: string;
  readonly resource: string;
  readonly namespace: string;
  readonly name: string;
}
