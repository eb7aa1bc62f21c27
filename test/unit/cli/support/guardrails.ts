/** A guardrail that denies halving, with tests that pass. */
export const SCALE = `apiVersion: guardrails.dev/v1alpha1
kind: Guardrail
metadata:
  name: no-sudden-scale-down
spec:
  enforcement: Deny
  failurePolicy: Fail
  match:
    actions: [ScaleDown]
    namespaces: {include: [shop]}
  when:
    - change: {type: Decreased, byMoreThan: 50%}
  message: "{{ $.target.metadata.name }} may lose half."
  tests:
    - name: halving
      request: &halving
        operation: UPDATE
        resource: {group: apps, version: v1, resource: deployments}
        oldObject: {metadata: {name: web, namespace: shop}, spec: {replicas: 10}}
        object: {metadata: {name: web, namespace: shop}, spec: {replicas: 5}}
      expect: Allowed
    - name: more than half
      request:
        <<: *halving
        object: {metadata: {name: web, namespace: shop}, spec: {replicas: 4}}
      expect: Denied
      message: may lose half
`;

/** The same with a test that fails, at line 15. */
export const FAILING: string = SCALE.replace('expect: Allowed', 'expect: Denied');

/** A guardrail that warns of deletes, without tests. */
export const UNTESTED = `apiVersion: guardrails.dev/v1alpha1
kind: Guardrail
metadata: {name: warn-of-deletes}
spec:
  enforcement: Warn
  match:
    actions: [Delete]
    resources: [{apiGroups: [apps], resources: [deployments]}]
`;

/** A Deployment with so many replicas. */
export const deployment = (replicas: number, name = 'web'): string =>
  `apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: ${name}, namespace: shop}\nspec: {replicas: ${replicas}}\n`;
