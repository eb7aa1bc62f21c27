/** The Kubernetes version that the sandbox runs unless another is asked for. `tools/control-plane/go.mod` pins the same. */
export const KUBERNETES_VERSION = '1.36.3';

/** The etcd version that goes with it. `tools/control-plane/go.mod` pins the same. */
export const ETCD_VERSION = '3.6.16';

const VERSION = /^v?(\d+\.\d+\.\d+)$/;

/** Returns the version without its `v`, or `undefined` if the text is not one full version such as 1.36.3. */
export const parseVersion = (text: string): string | undefined => VERSION.exec(text)?.[1];
