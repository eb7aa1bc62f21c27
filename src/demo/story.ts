/** Who acts in the demo. */
export type Actor = 'alice' | 'admin';

/** What a step must lead to: it passes, or it is refused by this guardrail. */
export type Expectation = { readonly kind: 'Passes' } | { readonly kind: 'Refused'; readonly by: string };

/** One command of the story. */
export interface Step {
  /** What is tried, and why it is interesting. */
  readonly title: string;
  readonly actor: Actor;
  /** The arguments of kubectl. POD stands for the name of one of web's Pods. */
  readonly args: readonly string[];
  readonly expect: Expectation;
}

/** The name of a Pod that exists when the step is played. */
export const POD = '{pod}';

const passes: Expectation = { kind: 'Passes' };
const refusedBy = (by: string): Expectation => ({ kind: 'Refused', by });

/** The Deployment of the story, in 10 replicas or as many as are asked for. */
export function webManifest(replicas: number): string {
  return `apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
  namespace: shop
  labels: {app: web, protected: "true"}
spec:
  replicas: ${replicas}
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web, protected: "true"}}
    spec:
      containers:
        - {name: web, image: registry.example.com/web:1}
`;
}

/** An eviction of a Pod, as kubectl drain sends it. */
export function evictionManifest(pod: string): string {
  return JSON.stringify({ apiVersion: 'policy/v1', kind: 'Eviction', metadata: { name: pod, namespace: 'shop' } });
}

/** A JSON patch that adds an init container. */
const INIT_CONTAINER = JSON.stringify([
  {
    op: 'add',
    path: '/spec/template/spec/initContainers',
    value: [{ name: 'setup', image: 'docker.io/somebody/setup:1' }],
  },
]);

/** The story: what developers do on an ordinary day, and what should not happen to production. */
export const STORY: readonly Step[] = [
  {
    title: 'Alice deploys web. The Pods that the controllers make for her come up undisturbed.',
    actor: 'alice',
    args: ['apply', '-f', 'web.yaml'],
    expect: passes,
  },
  {
    title: 'She scales it down a little: safe, and it passes.',
    actor: 'alice',
    args: ['scale', 'deployment/web', '-n', 'shop', '--replicas=8'],
    expect: passes,
  },
  {
    title: 'She types 1 instead of 10. That is stopped ...',
    actor: 'alice',
    args: ['scale', 'deployment/web', '-n', 'shop', '--replicas=1'],
    expect: refusedBy('no-sudden-scale-down'),
  },
  {
    title: '... by whatever way it comes: a patch ...',
    actor: 'alice',
    args: ['patch', 'deployment/web', '-n', 'shop', '--type=merge', '-p', '{"spec":{"replicas":1}}'],
    expect: refusedBy('no-sudden-scale-down'),
  },
  {
    title: '... or an apply of a changed file.',
    actor: 'alice',
    args: ['apply', '-f', 'web-1.yaml'],
    expect: refusedBy('no-sudden-scale-down'),
  },
  {
    title: 'web is protected. It can not be deleted ...',
    actor: 'alice',
    args: ['delete', 'deployment/web', '-n', 'shop'],
    expect: refusedBy('protected-workloads'),
  },
  {
    title: '... its Pods can not be evicted ...',
    actor: 'alice',
    args: ['create', '--raw', `/api/v1/namespaces/shop/pods/${POD}/eviction`, '-f', 'eviction.json'],
    expect: refusedBy('protected-workloads'),
  },
  {
    title: '... and the label that protects it can not be taken off first.',
    actor: 'alice',
    args: ['label', 'deployment/web', '-n', 'shop', 'protected-'],
    expect: refusedBy('protected-workloads'),
  },
  {
    title: 'An image from elsewhere is stopped ...',
    actor: 'alice',
    args: ['set', 'image', 'deployment/web', '-n', 'shop', 'web=docker.io/somebody/web:2'],
    expect: refusedBy('trusted-images'),
  },
  {
    title: '... in an init container too.',
    actor: 'alice',
    args: ['patch', 'deployment/web', '-n', 'shop', '--type=json', '-p', INIT_CONTAINER],
    expect: refusedBy('trusted-images'),
  },
  {
    title: 'Nobody opens a shell in production, not even a cluster administrator.',
    actor: 'admin',
    args: ['exec', '-n', 'shop', POD, '--', 'sh'],
    expect: refusedBy('no-exec-in-production'),
  },
  {
    title: 'An image from the own registry passes, and is rolled out.',
    actor: 'alice',
    args: ['set', 'image', 'deployment/web', '-n', 'shop', 'web=registry.example.com/web:2'],
    expect: passes,
  },
];
