import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { loadKubeConfig } from '../../../src/kube/kube-config.ts';

let directory: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'kube-config-'));
});

afterEach(() => {
  rmSync(directory, { recursive: true });
  vi.unstubAllEnvs();
});

function file(content: unknown): string {
  const path = join(directory, 'config');
  writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content));
  return path;
}

const kubeconfig = (more: object = {}) => ({
  apiVersion: 'v1',
  kind: 'Config',
  'current-context': 'one',
  contexts: [
    { name: 'one', context: { cluster: 'here', user: 'me', namespace: 'shop' } },
    { name: 'two', context: { cluster: 'there', user: 'me' } },
  ],
  clusters: [
    { name: 'here', cluster: { server: 'https://here:6443' } },
    { name: 'there', cluster: { server: 'https://there:6443' } },
  ],
  users: [{ name: 'me', user: { token: 'secret' } }],
  ...more,
});

describe('a kubeconfig file', () => {
  test('is used with its current context', () => {
    const config = loadKubeConfig({ kubeconfig: file(kubeconfig()) });
    expect(config.getCurrentCluster()?.server).toBe('https://here:6443');
    expect(config.namespace).toBe('shop');
  });

  test('is used with the context that is asked for', () => {
    const config = loadKubeConfig({ kubeconfig: file(kubeconfig()), context: 'two' });
    expect(config.getCurrentCluster()?.server).toBe('https://there:6443');
    expect(config.namespace).toBeUndefined();
  });

  test.each<[string, unknown, string]>([
    ['is no YAML', 'a: [', "can't be parsed"],
    ['has no current context', kubeconfig({ 'current-context': '' }), 'has no current-context: choose one of one, two'],
    ['is empty', {}, 'has no current-context: choose one of (there are none)'],
    [
      'names a context that is not there',
      kubeconfig({ 'current-context': 'x' }),
      'has no context "x": choose one of one, two',
    ],
    ['has no such cluster', kubeconfig({ clusters: [] }), 'context "one" needs cluster "here" with a server URL'],
    [
      'has a cluster without a URL',
      kubeconfig({ clusters: [{ name: 'here', cluster: { server: 'here' } }] }),
      'context "one" needs cluster "here" with a server URL',
    ],
    ['has no such user', kubeconfig({ users: [] }), 'context "one" needs user "me"'],
    [
      'has a cluster over HTTP',
      kubeconfig({ clusters: [{ name: 'here', cluster: { server: 'http://here' } }] }),
      'http://here is not https; set insecure-skip-tls-verify',
    ],
  ])('that %s is refused', (_, content, message) => {
    const path = file(content);
    expect(() => loadKubeConfig({ kubeconfig: path })).toThrow(message);
    expect(() => loadKubeConfig({ kubeconfig: path })).toThrow(path);
  });

  test('that does not exist is refused', () => {
    const kubeconfigPath = join(directory, 'none');
    expect(() => loadKubeConfig({ kubeconfig: kubeconfigPath })).toThrow(
      /none can't be read.*ENOENT.*name a kubeconfig/,
    );
  });
});

describe('without a file', () => {
  const mount = (...names: string[]) => {
    const path = join(directory, 'var/run/secrets/kubernetes.io/serviceaccount');
    mkdirSync(path, { recursive: true });
    for (const name of names) {
      writeFileSync(join(path, name), name === 'namespace' ? 'guardrails-system' : name);
    }
    return { serviceAccountRoot: directory };
  };

  test('the service account of the Pod is used', () => {
    vi.stubEnv('KUBERNETES_SERVICE_HOST', 'fd00::1');
    vi.stubEnv('KUBERNETES_SERVICE_PORT', '443');
    const config = loadKubeConfig(mount('token', 'ca.crt', 'namespace'));
    expect(config.getCurrentCluster()?.server).toBe('https://[fd00::1]:443');
    expect(config.namespace).toBe('guardrails-system');
  });

  test.each([
    ['nothing is mounted', [], 'ca.crt'],
    ['no token is mounted', ['ca.crt'], 'token'],
  ])('it is an error that %s', (_, names, missing) => {
    vi.stubEnv('KUBERNETES_SERVICE_HOST', '10.0.0.1');
    vi.stubEnv('KUBERNETES_SERVICE_PORT', '443');
    expect(() => loadKubeConfig(mount(...names))).toThrow(
      new RegExp(`${missing} can't be read.*automountServiceAccountToken`),
    );
  });

  test.each([[undefined], ['']])(
    'outside of a Pod it is an error (KUBERNETES_SERVICE_HOST is %j), and no address is guessed',
    (host) => {
      vi.stubEnv('KUBERNETES_SERVICE_HOST', host);
      expect(() => loadKubeConfig(mount('token', 'ca.crt'))).toThrow('does not run in a Pod');
    },
  );
});
