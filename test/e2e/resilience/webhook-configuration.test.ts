import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { GuardedCluster, type Stored } from '../support/guarded-cluster.ts';
import { eventually } from '../support/poll.ts';
import { HttpClient } from './support/http-client.ts';
import { measure } from './support/measure.ts';
import { configMap, deployment, dryDelete, filledNamespace, keepConfigMaps, sorted } from './support/objects.ts';
import { metric } from './support/probes.ts';

const CONFIGURATION = '/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations/guardrails.dev';
const JSON_PATCH = 'application/json-patch+json';
const REPAIRS = 'guardrails_webhook_configuration_repairs_total';
const OWN_ENTRY = 'guardrails.validate.guardrails.dev';

const DOMAIN = '.validate.guardrails.dev';
/** The name that an entry's group would have for its own entry: twins have a suffix. */
const groupOf = (name: string): string => name.replace(/-(recovery|cluster|api-server)(?=\.)/, '');

let cluster: GuardedCluster;
let client: HttpClient;

beforeAll(async () => {
  cluster = await GuardedCluster.start();
  client = new HttpClient(cluster.controlPlane.adminKubeconfig);
});

afterAll(async () => {
  client.close();
  await cluster.stop();
});

const webhooks = async (): Promise<Stored[]> => (await client.send('GET', CONFIGURATION)).body.webhooks ?? [];

/** Runs a test with these guardrails, and no others, in force. */
async function guarded<T>(specs: Parameters<GuardedCluster['guard']>[0], body: () => Promise<T>): Promise<T> {
  await cluster.guard(specs);
  try {
    return await body();
  } finally {
    await unguardAll();
  }
}

async function unguardAll(): Promise<void> {
  await cluster.admin.must(['delete', 'guardrails', '--all']);
  await eventually(async () => (await webhooks()).length === 1, { message: 'no guardrail is in the configuration' });
}

/** How many requests came to the operator while something was done. */
async function sentDuring(body: () => Promise<unknown>): Promise<number> {
  const before = await cluster.answered();
  await body();
  return (await cluster.answered()) - before;
}

describe('what is sent to the operator', () => {
  test('without guardrails, Guardrails alone', async () => {
    const entries = await eventually(async () => (await webhooks()).length === 1 && webhooks(), {
      message: 'one entry',
    });
    expect(entries).toMatchObject([
      {
        name: OWN_ENTRY,
        failurePolicy: 'Ignore',
        rules: [{ apiGroups: ['guardrails.dev'], resources: ['guardrails'], operations: ['CREATE', 'UPDATE'] }],
      },
    ]);
  });

  test('a guardrail on one action, kind and namespace glob makes exactly these rules and conditions', async () => {
    await guarded(
      {
        narrow: {
          enforcement: 'Deny',
          failurePolicy: 'Fail',
          match: {
            actions: ['ScaleDown'],
            resources: [{ apiGroups: ['apps'], resources: ['deployments'] }],
            namespaces: { include: ['narrow-*', 'shop'], exclude: ['narrow-test'] },
          },
        },
      },
      async () => {
        const entries = (await webhooks()).filter(({ name }) => name !== OWN_ENTRY);
        const main = entries.find(({ name }) => groupOf(name) === name);
        const group = groupOf(main?.name).replace(DOMAIN, '');
        expect(group).toMatch(/^fail-[0-9a-f]{10}$/);
        // For where the cluster repairs itself, and for what the API server does for itself, the transport fails open.
        expect(sorted(entries.map(({ name }) => name))).toEqual(
          sorted([group, `${group}-api-server`, `${group}-recovery`].map((name) => name + DOMAIN)),
        );
        const entry = (suffix: string) => entries.find(({ name }) => name === `${group}-${suffix}${DOMAIN}`);
        const recovery = entry('recovery');
        const rules = [
          {
            apiGroups: ['apps'],
            apiVersions: ['v1'],
            operations: ['UPDATE'],
            resources: ['deployments', 'deployments/scale'],
            scope: 'Namespaced',
          },
          // What scales them in the course of its own change.
          {
            apiGroups: ['autoscaling'],
            apiVersions: ['v2'],
            operations: ['CREATE', 'UPDATE'],
            resources: ['horizontalpodautoscalers'],
            scope: 'Namespaced',
          },
          {
            apiGroups: ['keda.sh'],
            apiVersions: ['*'],
            operations: ['CREATE', 'UPDATE'],
            resources: ['scaledobjects'],
            scope: 'Namespaced',
          },
        ];
        const common = {
          rules,
          matchPolicy: 'Equivalent',
          objectSelector: {},
          sideEffects: 'NoneOnDryRun',
          timeoutSeconds: 5,
          admissionReviewVersions: ['v1'],
        };
        const selector = (operator: string) => ({
          matchExpressions: [
            {
              key: 'kubernetes.io/metadata.name',
              operator,
              values: ['kube-system', 'kube-node-lease', 'guardrails-system'],
            },
          ],
        });
        expect(main).toMatchObject({ ...common, failurePolicy: 'Fail', namespaceSelector: selector('NotIn') });
        expect(recovery).toMatchObject({ ...common, failurePolicy: 'Ignore', namespaceSelector: selector('In') });
        expect(entry('api-server')).toMatchObject({ ...common, failurePolicy: 'Ignore', namespaceSelector: {} });
        for (const { clientConfig } of entries) expect(clientConfig).toEqual(main?.clientConfig);
        expect(main?.matchConditions.map(({ name }: { name: string }) => name)).toEqual([
          'not-leases',
          'not-events',
          'not-access-reviews',
          'not-heartbeats',
          'not-node-conditions',
          'not-own-records',
          'not-api-server',
          'not-status-alone',
          'namespaces',
        ]);
        // Beside what is in no namespace, or in one whose name is yet to be made.
        expect(main?.matchConditions.at(-1)?.expression).toBe(
          "(request.resource.resource == 'customresourcedefinitions' && request.operation == 'DELETE') || " +
            "(request.resource.group == '' && request.resource.resource == 'namespaces' && request.?namespace.orValue('') == '') || " +
            "((request.?namespace.orValue('') in ['shop'] || request.?namespace.orValue('').matches('^narrow-.*$')) && !(request.?namespace.orValue('') in ['narrow-test']))",
        );
      },
    );
  });

  test('an unguarded request never reaches the operator', async () => {
    const inside = await filledNamespace(cluster, 'sent');
    const outside = await filledNamespace(cluster, 'elsewhere');
    await cluster.admin.create(deployment(inside, 'web'), deployment(outside, 'web'));
    for (const namespace of [inside, outside]) {
      await cluster.admin.must(['wait', '--for=jsonpath={.status.replicas}=2', 'deployment/web', '-n', namespace]);
    }
    const { admin } = cluster;
    const scale = (namespace: string, replicas: number) =>
      admin.must(['scale', 'deployment', 'web', '-n', namespace, `--replicas=${replicas}`]);
    await guarded(
      {
        sent: {
          enforcement: 'Deny',
          failurePolicy: 'Fail',
          match: {
            actions: ['ScaleDown'],
            resources: [{ apiGroups: ['apps'], resources: ['deployments'] }],
            namespaces: { include: ['sent-*'] },
          },
          when: [{ change: { type: 'Decreased', byMoreThan: '50%' } }],
        },
      },
      async () => {
        const unguarded = await sentDuring(async () => {
          await admin.must(['create', 'configmap', 'other', '-n', inside]);
          await admin.must(['create', 'deployment', 'other', '-n', inside, '--image=example.org/app:1']);
          await admin.must(['delete', 'deployment', 'other', '-n', inside]);
          await admin.must(['auth', 'can-i', 'delete', 'pods', '-n', inside]);
          await scale(outside, 1);
          await admin.must(['label', 'namespace', inside, 'a=b']);
          await admin.must(['get', 'deployments', '-A']);
        });
        expect(unguarded).toBe(0);
        // The same counter does count what is guarded.
        expect(await sentDuring(() => scale(inside, 1))).toBe(1);
      },
    );
  });

  test('a write of the status alone is not sent, and one that strips a label is judged', async () => {
    const namespace = await filledNamespace(cluster, 'status');
    const apps = `/apis/apps/v1/namespaces/${namespace}`;
    const patchStatus = (object: string, body: unknown) =>
      client.send('PATCH', `${apps}/${object}/status`, body, 'application/merge-patch+json');
    const wait = (object: string, what: string) =>
      cluster.admin.must(['wait', `--for=${what}`, object, '-n', namespace]);
    await guarded(
      {
        'keep-labels': {
          enforcement: 'Deny',
          failurePolicy: 'Fail',
          match: {
            actions: ['LabelChange'],
            resources: [{ apiGroups: ['apps'], resources: ['deployments', 'statefulsets'] }],
            objectSelector: { matchLabels: { protected: 'true' } },
            namespaces: { include: ['status-*'] },
          },
        },
      },
      async () => {
        const sent = await sentDuring(async () => {
          // Their controllers write what becomes of them, again and again.
          await cluster.admin.create(deployment(namespace, 'web', { protected: 'true' }), {
            ...deployment(namespace, 'db', { protected: 'true' }),
            kind: 'StatefulSet',
          });
          await wait('deployment/web', 'jsonpath={.status.unavailableReplicas}=2');
          await wait('statefulset/db', 'jsonpath={.status.replicas}=1');
          const condition = { type: 'Tested', status: 'True' };
          for (const object of ['deployments/web', 'statefulsets/db']) {
            expect(await patchStatus(object, { status: { conditions: [condition] } })).toMatchObject({ status: 200 });
          }
        });
        expect(sent).toBe(0);

        // Of the built-in kinds, Deployments alone keep their labels from this.
        const stripped = await patchStatus('statefulsets/db', { metadata: { labels: { protected: null } } });
        expect({ status: stripped.status, message: stripped.body.message }).toEqual({
          status: 403,
          message: expect.stringContaining('Guardrail "keep-labels" denied LabelChange of statefulsets.apps/db'),
        });
        expect((await cluster.admin.get('statefulset', 'db', '-n', namespace)).metadata.labels).toEqual({
          protected: 'true',
        });
      },
    );
  });

  test('more than 16 groups are merged, and every guardrail holds where it should and nowhere else', async () => {
    const names = Array.from({ length: 20 }, (_, index) => `many-${String.fromCharCode(97 + index)}`);
    const specs = Object.fromEntries(
      names.map((name) => [name, keepConfigMaps({}, { namespaces: { include: [`${name}-*`] } })]),
    );
    const namespaces = await Promise.all([...names, 'none'].map((name) => cluster.namespace(name)));
    await cluster.admin.create(...namespaces.map((namespace) => configMap(namespace, 'keep')));
    await guarded(specs, async () => {
      const groups = new Set((await webhooks()).map(({ name }) => groupOf(name)));
      groups.delete(OWN_ENTRY);
      expect(groups.size).toBe(16);
      const answers = await Promise.all(namespaces.map((namespace) => dryDelete(client, namespace, 'keep')));
      expect(answers.map(({ status, message }) => /Guardrail "([^"]+)" denied/.exec(message)?.[1] ?? status)).toEqual([
        ...names,
        200,
      ]);
    });
  });
});

describe('a webhook configuration that somebody else changes', () => {
  const GUARDED = { repaired: keepConfigMaps({}, { namespaces: { include: ['repaired-*'] } }) };
  /** Of the fail-closed entry for objects in namespaces; the others are that of Guardrails, of namespaces, and the twins. */
  let index: number;
  let namespace: string;

  beforeAll(async () => {
    namespace = await cluster.namespace('repaired');
    await cluster.admin.create(configMap(namespace, 'keep'));
  });

  const isDenied = async (): Promise<boolean> =>
    (await dryDelete(client, namespace, 'keep')).message.includes('Guardrail "repaired" denied');

  const edit = async (...operations: readonly Stored[]): Promise<void> => {
    const answer = await client.send('PATCH', CONFIGURATION, operations, JSON_PATCH);
    expect(answer).toMatchObject({ status: 200 });
  };

  async function findIndex(): Promise<number> {
    index = (await webhooks()).findIndex(
      ({ failurePolicy, name }) => failurePolicy === 'Fail' && !name.includes('-cluster.'),
    );
    return index;
  }

  const EDITS = {
    'an objectSelector is added': () =>
      edit({ op: 'replace', path: `/webhooks/${index}/objectSelector`, value: { matchLabels: { never: 'there' } } }),
    'a namespaceSelector is widened to exclude': () =>
      edit({ op: 'replace', path: `/webhooks/${index}/namespaceSelector`, value: { matchLabels: { never: 'there' } } }),
    'the failurePolicy becomes Ignore': () =>
      edit({ op: 'replace', path: `/webhooks/${index}/failurePolicy`, value: 'Ignore' }),
    'the rules are narrowed': () =>
      edit({ op: 'replace', path: `/webhooks/${index}/rules/0/operations`, value: ['CREATE'] }),
    'a rule is removed': () => edit({ op: 'remove', path: `/webhooks/${index}/rules/0` }),
    'an entry is deleted': () => edit({ op: 'remove', path: `/webhooks/${index}` }),
    'a matchCondition is added that never holds': () =>
      edit({ op: 'add', path: `/webhooks/${index}/matchConditions/-`, value: { name: 'never', expression: 'false' } }),
    'the address is changed': () =>
      edit({ op: 'replace', path: `/webhooks/${index}/clientConfig/url`, value: 'https://127.0.0.1:1/' }),
    'the authority is removed': () => edit({ op: 'remove', path: `/webhooks/${index}/clientConfig/caBundle` }),
    'all entries are removed': () => edit({ op: 'remove', path: '/webhooks' }),
    'it is deleted': async () => expect(await client.send('DELETE', CONFIGURATION)).toMatchObject({ status: 200 }),
  };

  describe('is repaired within 5 s, and the repair is counted', () => {
    beforeAll(() => cluster.guard(GUARDED));
    afterAll(unguardAll);

    test.each(Object.entries(EDITS))('when %s', async (what, change) => {
      const wanted = await webhooks();
      expect(await findIndex()).toBeGreaterThanOrEqual(0);
      const repairs = await metric(cluster.operator, REPAIRS);
      await change();
      const milliseconds = await measure(`from an edit until its repair (${what})`, () =>
        eventually(
          async () => {
            expect(await webhooks()).toEqual(wanted);
            return true;
          },
          { intervalMs: 20, message: 'it is as it was' },
        ),
      );
      expect(milliseconds).toBeLessThan(5_000);
      await eventually(isDenied, { message: 'the guardrail is enforced again' });
      expect(await metric(cluster.operator, REPAIRS)).toBe(repairs + 1);
      await cluster.enforced('repaired');
    });
  });

  test('is left alone while repairs are off, which the conditions say, and repaired when they are on again', async () => {
    await guarded(GUARDED, async () => {
      await findIndex();
      const repairs = await metric(cluster.operator, REPAIRS);
      await cluster.admin.create(configMap('guardrails-system', 'guardrails-operator', { data: { repair: 'Off' } }));
      try {
        await EDITS['an objectSelector is added']();
        const condition = await eventually(
          async () => {
            const enforcing = await cluster.condition('repaired', 'Enforcing');
            return enforcing?.status === 'False' && enforcing.reason === 'RepairOff' && enforcing;
          },
          { message: 'the condition says so' },
        );
        expect(condition.message).toContain('switched off');
        expect(await metric(cluster.operator, 'guardrails_webhook_configured')).toBe(0);
        expect(await metric(cluster.operator, REPAIRS)).toBe(repairs);
        expect((await webhooks())[index]?.objectSelector).toEqual({ matchLabels: { never: 'there' } });
        expect(await isDenied()).toBe(false);
      } finally {
        await cluster.admin.must(['delete', 'configmap', 'guardrails-operator', '-n', 'guardrails-system']);
      }
      const milliseconds = await measure('from the removal of the switch until the repair', () =>
        eventually(isDenied, { timeoutMs: 60_000, message: 'it is repaired' }),
      );
      expect(milliseconds).toBeLessThan(60_000);
      await cluster.enforced('repaired');
      expect(await metric(cluster.operator, 'guardrails_webhook_configured')).toBe(1);
      // One warning says it, and not one a second.
      expect(cluster.operator.log().match(/repairs are switched off/g)).toHaveLength(1);
    });
  });

  test('says that a guardrail is not enforced as long as the API server refuses the configuration', async () => {
    const rule = {
      apiGroups: ['admissionregistration.k8s.io'],
      resources: ['validatingwebhookconfigurations'],
      verbs: ['patch'],
      resourceNames: ['guardrails.dev'],
    };
    const role = await cluster.admin.get('clusterrole', 'guardrails-operator');
    const setRules = async (rules: readonly unknown[]): Promise<void> => {
      await cluster.admin.must([
        'patch',
        'clusterrole',
        'guardrails-operator',
        '--type=merge',
        '-p',
        JSON.stringify({ rules }),
      ]);
    };
    const without = role.rules.map((one: Stored) =>
      one.resourceNames?.[0] === rule.resourceNames[0] ? { ...one, verbs: ['get', 'list', 'watch'] } : one,
    );
    await setRules(without);
    try {
      const asOperator = ['--as=system:serviceaccount:guardrails-system:guardrails-operator'];
      await eventually(
        async () =>
          (
            await cluster.admin.kubectl([
              'auth',
              'can-i',
              'patch',
              'validatingwebhookconfigurations/guardrails.dev',
              ...asOperator,
            ])
          ).code === 1,
        {
          message: 'the operator may not write its configuration',
        },
      );
      await client.send('POST', '/apis/guardrails.dev/v1alpha1/guardrails', {
        apiVersion: 'guardrails.dev/v1alpha1',
        kind: 'Guardrail',
        metadata: { name: 'repaired' },
        spec: GUARDED.repaired,
      });
      const condition = await eventually(
        async () => {
          const enforcing = await cluster.condition('repaired', 'Enforcing');
          return enforcing?.status === 'False' && enforcing.reason === 'ConfigurationFailed' && enforcing;
        },
        { message: 'the condition says so' },
      );
      expect(condition.message).toContain('forbidden');
      expect(await isDenied()).toBe(false);
    } finally {
      await setRules(role.rules);
    }
    await guarded(GUARDED, async () => expect(await isDenied()).toBe(true));
  });

  test("one of somebody else's is not touched", async () => {
    const foreign = {
      apiVersion: 'admissionregistration.k8s.io/v1',
      kind: 'ValidatingWebhookConfiguration',
      metadata: { name: 'foreign.example.org' },
      webhooks: [
        {
          name: 'foreign.example.org',
          clientConfig: { url: 'https://127.0.0.1:1/' },
          rules: [{ apiGroups: ['example.org'], apiVersions: ['v1'], operations: ['CREATE'], resources: ['things'] }],
          sideEffects: 'None',
          admissionReviewVersions: ['v1'],
        },
      ],
    };
    await cluster.admin.create(foreign);
    const read = () => cluster.admin.get('validatingwebhookconfiguration', 'foreign.example.org');
    const before = await read();
    await guarded(GUARDED, async () => {
      await findIndex();
      await EDITS['it is deleted']();
      await eventually(isDenied, { message: 'ours is repaired' });
      expect(await read()).toEqual(before);
    });
  });

  test('an entry that somebody else adds to ours can not weaken it, and stays', async () => {
    await guarded(GUARDED, async () => {
      const entry = {
        name: 'added.example.org',
        clientConfig: { url: 'https://127.0.0.1:1/' },
        rules: [{ apiGroups: ['example.org'], apiVersions: ['v1'], operations: ['CREATE'], resources: ['things'] }],
        sideEffects: 'None',
        admissionReviewVersions: ['v1'],
      };
      await edit({ op: 'add', path: '/webhooks/-', value: entry });
      expect(await isDenied()).toBe(true);
      await cluster.enforced('repaired');
      expect((await webhooks()).map(({ name }) => name)).toContain('added.example.org');
      const at = (await webhooks()).findIndex(({ name }) => name === 'added.example.org');
      await edit({ op: 'remove', path: `/webhooks/${at}` });
    });
  });
});
