/* Code generated from crds/ by `make generate`. DO NOT EDIT. */

export type Kinds = Guardrail | GuardrailViolation;
export type ActionType =
  | 'Create'
  | 'Update'
  | 'Delete'
  | 'Evict'
  | 'ScaleUp'
  | 'ScaleDown'
  | 'ScaleToZero'
  | 'Suspend'
  | 'ImageChange'
  | 'ResourceChange'
  | 'ResourceIncrease'
  | 'ResourceDecrease'
  | 'PodTemplateChange'
  | 'Restart'
  | 'PrivilegeIncrease'
  | 'ServiceAccountChange'
  | 'ConfigChange'
  | 'NetworkPolicyChange'
  | 'NetworkPolicyLoosen'
  | 'ServiceExpose'
  | 'Exec'
  | 'Attach'
  | 'PortForward'
  | 'Proxy'
  | 'Debug'
  | 'TokenRequest'
  | 'RoleGrant'
  | 'DisruptionBudgetLoosen'
  | 'AutoscalingChange'
  | 'RetentionLoosen'
  | 'LabelChange'
  | 'AnnotationChange'
  | 'FinalizerRemove'
  | 'OwnerChange'
  | 'Cordon'
  | 'TaintChange';
/**
 * Trips when the object that is acted on, as it will be, does not satisfy this JSON Schema (draft 7). Patterns are RE2. No
 * $ref to other documents.
 */
export type ObjectSchema = unknown;
/**
 * An object.
 */
export type ExistingObject = unknown;
/**
 * What this guardrail must make of some requests. They are run when the guardrail is admitted, and by `guardrails test`. A
 * guardrail of which one fails is refused. A test sees nothing but what it says itself.
 *
 * @minItems 1
 * @maxItems 64
 */
export type GuardrailTests = GuardrailTest[];

/**
 * A Guardrail says which actions, by whom and on what, are denied, warned of or recorded, before they happen.
 */
export interface Guardrail {
  /**
   * The version of the schema of this object.
   */
  apiVersion?: string;
  /**
   * The kind of this object.
   */
  kind?: string;
  metadata?: ObjectMeta;
  spec: GuardrailSpec;
  status?: GuardrailStatus;
}
/**
 * The part of metav1.ObjectMeta that the operator reads.
 */
export interface ObjectMeta {
  name?: string;
  namespace?: string;
  uid?: string;
  generation?: number;
  resourceVersion?: string;
  creationTimestamp?: string;
  deletionTimestamp?: string;
  labels?: {
    [k: string]: string;
  };
  annotations?: {
    [k: string]: string;
  };
}
/**
 * What is guarded, and what happens when the guardrail trips.
 */
export interface GuardrailSpec {
  /**
   * What this guardrail is for, in a sentence, for the people who meet it.
   */
  description?: string;
  /**
   * How grave a trip is. Copied into each record. Defaults to Medium.
   */
  severity?: 'Low' | 'Medium' | 'High' | 'Critical';
  /**
   * What a trip leads to. Deny refuses the request. Warn lets it pass with a warning to the client. Audit lets it pass
   * and only records it. Required, since nobody should block production by a default.
   */
  enforcement: 'Deny' | 'Warn' | 'Audit';
  /**
   * What happens to a guarded request while the operator can't answer, or when this guardrail can't be evaluated. Fail
   * refuses it, Ignore lets it pass. Required when enforcement is Deny; Fail is allowed only there.
   */
  failurePolicy?: 'Fail' | 'Ignore';
  match: GuardrailMatch;
  /**
   * The guardrail trips when all of these hold. Without it, every matched action trips it.
   *
   * @minItems 1
   * @maxItems 16
   */
  when?: WhenEntry[];
  schedule?: GuardrailSchedule;
  /**
   * What is told to the person whose action trips the guardrail. {{ JSONPath }} placeholders read object, oldObject, target,
   * options, namespace, request and action, such as {{ $.target.metadata.name }}. Values of Secrets, ConfigMaps, environment
   * variables and annotations can't be shown.
   */
  message?: string;
  audit?: GuardrailAudit;
  tests?: GuardrailTests;
}
/**
 * Which requests this guardrail judges. All that is set must hold.
 */
export interface GuardrailMatch {
  /**
   * The actions that are judged. One word covers every route to the same effect: docs/actions.md lists them. A wider
   * action sees the narrower ones that it implies.
   *
   * @minItems 1
   * @maxItems 40
   */
  actions: ActionType[];
  /**
   * The resources whose actions are judged. Never subresources: an action knows its own. Required for the actions that can
   * happen to anything; defaults to all resources that the listed actions can happen to.
   *
   * @minItems 1
   * @maxItems 32
   */
  resources?: ResourceRule[];
  /**
   * Whether Update also judges writes to the status subresource. Defaults to false.
   */
  includeStatus?: boolean;
  /**
   * What happens to the actions that Kubernetes' own controllers take, as themselves, on objects that they own, such as the
   * Pods of a ReplicaSet. Ignore lets them pass, since the action that caused them was judged. Include judges them like
   * everybody's. Defaults to Ignore.
   */
  derived?: 'Ignore' | 'Include';
  /**
   * Names of the objects, as globs that must match the whole name (* is any text, ? any one character). Defaults to every name.
   *
   * @minItems 1
   * @maxItems 64
   */
  names?: string[];
  namespaces?: NamespaceRule;
  namespaceSelector?: LabelSelector;
  objectSelector?: LabelSelector;
  /**
   * Guard makes a change that would take an object or a namespace out of this guardrail's selectors trip the guardrail too.
   * None leaves the labels alone. Defaults to Guard.
   */
  selectorProtection?: 'Guard' | 'None';
  subjects?: SubjectRule;
  fieldManagers?: FieldManagerRule;
}
/**
 * Every combination of the listed groups and resources.
 */
export interface ResourceRule {
  /**
   * API groups; "" is the core group, "*" is any.
   *
   * @minItems 1
   * @maxItems 16
   */
  apiGroups: string[];
  /**
   * Plural names of resources, such as deployments; "*" is any.
   *
   * @minItems 1
   * @maxItems 32
   */
  resources: string[];
  /**
   * Where these custom resources keep their pod template, as a JSONPath of names, quoted keys and *, such as
   * $.spec.template. With it, the actions on pod templates (ImageChange and the like) can happen to them. Not for built-in
   * kinds, whose templates are known.
   */
  podTemplatePath?: string;
}
/**
 * Namespaces by name. A Namespace is judged by its own name; other cluster-scoped objects never match where this is set.
 */
export interface NamespaceRule {
  /**
   * Globs of the namespaces that are judged. Defaults to all.
   *
   * @minItems 1
   * @maxItems 64
   */
  include?: string[];
  /**
   * Globs of the namespaces that are not judged. Wins over include.
   *
   * @maxItems 64
   */
  exclude?: string[];
}
/**
 * Namespaces by label. A Namespace is judged by its own labels; other cluster-scoped objects never match where this is set.
 */
export interface LabelSelector {
  /**
   * Labels that must all be there with these values.
   */
  matchLabels?: {
    [k: string]: string;
  };
  /**
   * Requirements that must all hold.
   *
   * @maxItems 32
   */
  matchExpressions?: LabelSelectorRequirement[];
}
/**
 * One requirement on a label.
 */
export interface LabelSelectorRequirement {
  /**
   * The key of the label.
   */
  key: string;
  /**
   * How the label's value and the listed values must relate.
   */
  operator: 'In' | 'NotIn' | 'Exists' | 'DoesNotExist';
  /**
   * Values, for In and NotIn; must be empty for Exists and DoesNotExist.
   *
   * @maxItems 64
   */
  values?: string[];
}
/**
 * Whose actions are judged. Nobody is exempt by default, system:masters included.
 */
export interface SubjectRule {
  /**
   * The subjects that are judged. Defaults to everyone.
   *
   * @minItems 1
   * @maxItems 64
   */
  include?: SubjectMatcher[];
  /**
   * The subjects that are not judged. Wins over include.
   *
   * @maxItems 64
   */
  exclude?: SubjectMatcher[];
}
/**
 * A user, a group or a service account, by name.
 */
export interface SubjectMatcher {
  /**
   * What the name is of.
   */
  kind: 'User' | 'Group' | 'ServiceAccount';
  /**
   * The name, as a glob that must match the whole name.
   */
  name: string;
  /**
   * The namespace of the ServiceAccount, as a glob.
   */
  namespace?: string;
}
/**
 * The field managers that requests name, such as argocd-controller or kubectl-edit. A hint at the tool, and no proof: every
 * client chooses the name itself, so never let anybody pass for it whom subjects would not let pass. Creates and
 * updates can name one; kubectl scale, deletes, evictions and connections name none, which is like none of the globs.
 */
export interface FieldManagerRule {
  /**
   * Globs of the field managers whose requests are judged. Defaults to all, and to requests that name none.
   *
   * @minItems 1
   * @maxItems 64
   */
  include?: string[];
  /**
   * Globs of the field managers whose requests are not judged. Wins over include.
   *
   * @maxItems 64
   */
  exclude?: string[];
}
/**
 * Exactly one condition.
 */
export interface WhenEntry {
  change?: ChangeCondition;
  field?: FieldCondition;
  /**
   * Trips when anything changes that these paths do not cover: JSONPaths of names, indices, quoted keys and *, on the object
   * that is acted on. A path covers all that is below it. What the API server keeps for itself (managedFields,
   * resourceVersion, generation) and status are never counted.
   *
   * @minItems 1
   * @maxItems 64
   */
  changesOutside?: string[];
  images?: ImagesCondition;
  violatesSchema?: ObjectSchema;
  /**
   * A CEL expression of object, oldObject, target, options, namespaceObject, request and action. Trips when it is true. It
   * is checked when the Guardrail is admitted.
   */
  cel?: string;
  /**
   * Trips when any of these holds.
   *
   * @minItems 1
   * @maxItems 16
   */
  anyOf?: WhenAlternative[];
}
/**
 * Trips when old and new differ so. Lists of named things (containers, env, ports, volumes) are compared by name, never by
 * position. A created object is Added, a deleted one Removed.
 */
export interface ChangeCondition {
  /**
   * A JSONPath of names, indices, quoted keys and *, on the object that is acted on, such as $.spec.replicas. Defaults to
   * the action's own changes, whatever route and resource they came by.
   */
  path?: string;
  /**
   * How old and new must differ. Increased and Decreased read numbers and quantities.
   */
  type: 'Any' | 'Added' | 'Removed' | 'Changed' | 'Increased' | 'Decreased';
  /**
   * The least difference, exclusive; a percentage of the old value (50%), a number (3) or a quantity (512Mi). From 0, any increase is infinite.
   */
  byMoreThan?: number | string;
  /**
   * The least difference, inclusive; as byMoreThan.
   */
  byAtLeast?: number | string;
}
/**
 * Trips when the values at the path satisfy the operator.
 */
export interface FieldCondition {
  /**
   * A JSONPath, such as $.spec.template.spec.containers[*].image. Filters, scripts, ^ and ~ are refused.
   */
  path: string;
  /**
   * What the path is read in. Object is the submitted body, OldObject what was there before, Target what is acted on (the
   * object itself, or the parent of a subresource), Options the request's options, Namespace the namespace object, Request
   * the admission request without its objects. Defaults to Target.
   */
  in?: 'Object' | 'OldObject' | 'Target' | 'Options' | 'Namespace' | 'Request';
  /**
   * How the values must relate. At a missing path NotEquals, NotIn, NotGlob, NotMatches and DoesNotExist hold, all others do
   * not. Matches and NotMatches are RE2 expressions that must match the whole value. GreaterThan and the like read numbers
   * and quantities.
   */
  operator:
    | 'Exists'
    | 'DoesNotExist'
    | 'Equals'
    | 'NotEquals'
    | 'In'
    | 'NotIn'
    | 'Glob'
    | 'NotGlob'
    | 'Matches'
    | 'NotMatches'
    | 'GreaterThan'
    | 'GreaterThanOrEqual'
    | 'LessThan'
    | 'LessThanOrEqual';
  /**
   * Scalars to compare with. Equals, NotEquals and the four comparisons take exactly one; the others one or more.
   *
   * @minItems 1
   * @maxItems 64
   */
  values?: unknown[];
  /**
   * Whether Any or All of the values at the path must satisfy the operator. All over no values is false. Defaults to Any.
   */
  quantifier?: 'Any' | 'All';
}
/**
 * Trips when an image that the action brings in has any of these faults, in any container list of any kind that bears Pods.
 * References are compared in full (nginx is docker.io/library/nginx); one that can't be read trips.
 */
export interface ImagesCondition {
  /**
   * Globs of image repositories, such as registry.example.com/*. Trips when an image matches none of them.
   *
   * @minItems 1
   * @maxItems 64
   */
  notFrom?: string[];
  /**
   * Globs of tags, such as latest. Trips when an image has a tag that matches any of them. An image with neither a tag nor a
   * digest has the tag latest.
   *
   * @minItems 1
   * @maxItems 64
   */
  tags?: string[];
  /**
   * Trips when an image is not named by its digest. May only be true.
   */
  withoutDigest?: true;
  scan?: ImageScanCondition;
}
/**
 * Trips by what the VulnerabilityReports of Trivy Operator say of an image: it was never scanned, its report is too old, or
 * it has more vulnerabilities than allowed. An image with a digest is known by that, any other by its tag.
 */
export interface ImageScanCondition {
  /**
   * The most critical vulnerabilities that an image may have. Defaults to any number.
   */
  maxCritical?: number;
  /**
   * The most vulnerabilities of high severity that an image may have. Defaults to any number.
   */
  maxHigh?: number;
  /**
   * The greatest age of a report, as a duration (24h, 30m, 7d). Defaults to any age.
   */
  maxAge?: string;
  /**
   * Globs of the namespaces whose reports count. Who can write reports in a namespace can vouch for any image there. Defaults
   * to all.
   *
   * @minItems 1
   * @maxItems 64
   */
  trustedNamespaces?: string[];
  /**
   * What happens while there are no reports to read, since Trivy Operator's CRD is not there or its reports are not loaded. Deny
   * trips the guardrail, Warn lets the action pass with a warning, Allow lets it pass.
   */
  onSourceUnavailable: 'Deny' | 'Warn' | 'Allow';
}
/**
 * Exactly one condition.
 */
export interface WhenAlternative {
  change?: ChangeCondition;
  field?: FieldCondition;
  /**
   * Trips when anything changes that these paths do not cover: JSONPaths of names, indices, quoted keys and *, on the object
   * that is acted on. A path covers all that is below it. What the API server keeps for itself (managedFields,
   * resourceVersion, generation) and status are never counted.
   *
   * @minItems 1
   * @maxItems 64
   */
  changesOutside?: string[];
  images?: ImagesCondition;
  violatesSchema?: ObjectSchema;
  /**
   * A CEL expression of object, oldObject, target, options, namespaceObject, request and action. Trips when it is true. It
   * is checked when the Guardrail is admitted.
   */
  cel?: string;
}
/**
 * When the guardrail is in effect, such as in a freeze or outside of business hours. While it is not, it judges and
 * records nothing. Defaults to always.
 */
export interface GuardrailSchedule {
  /**
   * Whether the guardrail is in effect During the windows, or Outside of all of them.
   */
  active: 'During' | 'Outside';
  /**
   * Spans of time. They may overlap.
   *
   * @minItems 1
   * @maxItems 32
   */
  windows: ScheduleWindow[];
}
/**
 * A span of time; exactly one of weekly and absolute.
 */
export interface ScheduleWindow {
  weekly?: WeeklyWindow;
  absolute?: AbsoluteWindow;
}
/**
 * Spans that come again every week.
 */
export interface WeeklyWindow {
  /**
   * The time zone of days and start, by its IANA name, such as Europe/Berlin or UTC.
   */
  timeZone: string;
  /**
   * The days on which the span begins.
   *
   * @minItems 1
   * @maxItems 7
   */
  days: ('Mon' | 'Tue' | 'Wed' | 'Thu' | 'Fri' | 'Sat' | 'Sun')[];
  /**
   * The time of day at which the span begins, as HH:MM. Where the clocks skip it, the span begins when they do; where
   * they show it twice, at the first time.
   */
  start: string;
  /**
   * How long the span lasts, as a duration (90m, 62h, 2d) from 1m to 7d. Elapsed time: over a night in which the clocks
   * change, it ends an hour earlier or later by the clock.
   */
  duration: string;
}
/**
 * One span, once.
 */
export interface AbsoluteWindow {
  /**
   * When it begins.
   */
  from: string;
  /**
   * When it ends; not in it any more.
   */
  to: string;
}
/**
 * What goes into the audit trail. Trips always do.
 */
export interface GuardrailAudit {
  /**
   * What happens to matched actions that did not trip. Record writes a GuardrailViolation, Log only a log line, None nothing
   * but a metric. Defaults to Record.
   */
  allowed?: 'Record' | 'Log' | 'None';
}
/**
 * One request, and what is expected of it.
 */
export interface GuardrailTest {
  /**
   * What the test shows, in a few words.
   */
  name: string;
  request: TestRequest;
  /**
   * The object behind a subresource, such as the Pod of an exec or the Deployment of a scale. Required where the guardrail
   * reads it.
   */
  target?: unknown;
  /**
   * The labels of the namespace, which always has kubernetes.io/metadata.name. Defaults to no others.
   */
  namespaceLabels?: {
    [k: string]: string;
  };
  /**
   * Objects that are in the cluster, each with its apiVersion and kind: what an autoscaler scales, what is in a namespace that is
   * deleted, a CustomResourceDefinition for custom resources, VulnerabilityReports of images.
   *
   * @maxItems 32
   */
  existing?: ExistingObject[];
  /**
   * The time of the request. Required where the guardrail has a schedule or reads the age of scan reports.
   */
  now?: string;
  /**
   * What the guardrail must make of it. Tripped, whatever enforcement says, or Denied, Warned or Audited: it trips. Allowed: it
   * judges the request and does not trip. NotMatched: it does not judge the request, or is not in effect. Error: it can't be
   * evaluated, so that failurePolicy answers.
   */
  expect: 'Tripped' | 'Denied' | 'Warned' | 'Audited' | 'Allowed' | 'NotMatched' | 'Error';
  /**
   * A part of what the person is told, where the guardrail trips.
   */
  message?: string;
}
/**
 * The request, with the fields of an AdmissionRequest.
 */
export interface TestRequest {
  /**
   * What is done.
   */
  operation: 'CREATE' | 'UPDATE' | 'DELETE' | 'CONNECT';
  resource: TestResource;
  /**
   * The subresource, such as scale, eviction or exec. Defaults to none.
   */
  subresource?: string;
  /**
   * The namespace. Defaults to that of the objects, else to "default" for what is namespaced.
   */
  namespace?: string;
  /**
   * The name of the object. Defaults to that of the objects.
   */
  name?: string;
  /**
   * What is submitted, as it will be. Required for CREATE and UPDATE.
   */
  object?: unknown;
  /**
   * What is there before. Required for UPDATE and for DELETE.
   */
  oldObject?: unknown;
  /**
   * The options of the request, such as its fieldManager or gracePeriodSeconds. Defaults to none.
   */
  options?: unknown;
  userInfo?: TestUser;
}
/**
 * What it is done to.
 */
export interface TestResource {
  /**
   * The API group; "" is the core group. Defaults to "".
   */
  group?: string;
  /**
   * The version in which the webhook is asked, such as v1; autoscaling is asked in v2.
   */
  version: string;
  /**
   * The plural name of the resource, such as deployments.
   */
  resource: string;
}
/**
 * Who asks. Defaults to a user test-user in group system:authenticated.
 */
export interface TestUser {
  /**
   * The name of the user, such as jane or system:serviceaccount:shop:deployer.
   */
  username: string;
  /**
   * The uid of the user. Defaults to none.
   */
  uid?: string;
  /**
   * The groups of the user. Those that the API server adds (system:authenticated, of service accounts) need not be listed.
   *
   * @maxItems 64
   */
  groups?: string[];
}
/**
 * What the operator has made of this guardrail.
 */
export interface GuardrailStatus {
  /**
   * The generation that the conditions speak of; -1 until the operator has seen the object.
   */
  observedGeneration?: number;
  /**
   * Ready (it compiles and is loaded), Stalled (it can't compile), Enforcing (the live webhook configuration covers it) and
   * TestsPassed (it passes its own tests; Unknown if it has none).
   *
   * @maxItems 16
   */
  conditions?: Condition[];
  counts?: GuardrailCounts;
  schedule?: GuardrailScheduleStatus;
  /**
   * When the guardrail last tripped.
   */
  lastViolationTime?: string;
}
/**
 * One aspect of the current state.
 */
export interface Condition {
  /**
   * The aspect, in CamelCase.
   */
  type: string;
  /**
   * Whether it holds.
   */
  status: 'True' | 'False' | 'Unknown';
  /**
   * The generation that this condition was set upon.
   */
  observedGeneration?: number;
  /**
   * When status last changed.
   */
  lastTransitionTime: string;
  /**
   * Why, as one CamelCase word.
   */
  reason: string;
  /**
   * Why, in words.
   */
  message: string;
}
/**
 * Decisions since the guardrail was created, brought up to date at most every 30 seconds.
 */
export interface GuardrailCounts {
  /**
   * Actions that were refused.
   */
  denied?: number;
  /**
   * Actions that passed with a warning.
   */
  warned?: number;
  /**
   * Actions that tripped and passed.
   */
  audited?: number;
  /**
   * Matched actions that did not trip.
   */
  allowed?: number;
}
/**
 * Whether a guardrail with a schedule is in effect. Absent without one.
 */
export interface GuardrailScheduleStatus {
  /**
   * Whether it is in effect now.
   */
  inEffect: boolean;
  /**
   * When that changes. Absent if it never does.
   */
  nextChangeTime?: string;
}
/**
 * A GuardrailViolation is the record of a decision on a guarded action, blocked or allowed. It states what was decided, not what came of it. Only the operator writes it.
 */
export interface GuardrailViolation {
  /**
   * The version of the schema of this object.
   */
  apiVersion?: string;
  /**
   * The kind of this object.
   */
  kind?: string;
  metadata?: ObjectMeta;
  spec: GuardrailViolationSpec;
  status?: GuardrailViolationStatus;
}
/**
 * The decision, as it was first made. It never changes.
 */
export interface GuardrailViolationSpec {
  /**
   * Denied, the request was refused. Warned, it passed with a warning. Audited, it tripped and passed. Allowed, the guardrail
   * matched and did not trip.
   */
  decision: 'Denied' | 'Warned' | 'Audited' | 'Allowed';
  /**
   * Why, as one CamelCase word, such as Tripped, ScopeEscape, Derived, TargetNotFound or EvaluationError.
   */
  reason?: string;
  guardrail: ViolationGuardrail;
  /**
   * The guardrail's severity at the time.
   */
  severity: 'Low' | 'Medium' | 'High' | 'Critical';
  /**
   * The guardrail's enforcement at the time.
   */
  enforcement: 'Deny' | 'Warn' | 'Audit';
  /**
   * What the subject was told, or would have been. Holds no values of Secrets, ConfigMaps or environment variables.
   */
  message?: string;
  action: ViolationAction;
  /**
   * What the action was to change. Bounded; values that may be secret are left out.
   *
   * @maxItems 20
   */
  changes?: ViolationChange[];
  /**
   * How many more changes there were than are listed.
   */
  changesTruncated?: number;
  subject: ViolationSubject;
  /**
   * The client's own name for itself, from the request's options. Chosen by the client, so it proves nothing.
   */
  fieldManager?: string;
  /**
   * When the first of the decisions that this record stands for was made, with microseconds.
   */
  time: string;
  /**
   * The run of the operator that made the first decision.
   */
  operatorInstance: string;
  /**
   * The number of the first decision among that run's decisions, from 1.
   */
  sequence: number;
}
/**
 * The guardrail that decided.
 */
export interface ViolationGuardrail {
  /**
   * Its name.
   */
  name: string;
  /**
   * Its uid, since a name can be used again.
   */
  uid: string;
  /**
   * The generation of its spec that decided.
   */
  generation: number;
}
/**
 * What was to be done.
 */
export interface ViolationAction {
  /**
   * The most specific action that the guardrail judged.
   */
  type: string;
  /**
   * All actions of the catalogue that the request is, as far as this guardrail asks.
   *
   * @maxItems 32
   */
  types: string[];
  /**
   * The operation of the admission request.
   */
  operation: 'CREATE' | 'UPDATE' | 'DELETE' | 'CONNECT';
  /**
   * The API group of the resource; absent for the core group.
   */
  group?: string;
  /**
   * The API version that the operator saw.
   */
  version?: string;
  /**
   * The resource, in plural.
   */
  resource: string;
  /**
   * The subresource that the request went to, if any.
   */
  subresource?: string;
  /**
   * The namespace of the object; absent for cluster-scoped objects.
   */
  namespace?: string;
  /**
   * The real name of the object, also where the request bore none. Absent for what a controller does to the objects that it owns (reason Derived), which is counted in one record.
   */
  name?: string;
  /**
   * The uid of the object, where it is known.
   */
  uid?: string;
  /**
   * Resource, group and name in one, such as deployments.apps/web.
   */
  target: string;
}
/**
 * One change.
 */
export interface ViolationChange {
  /**
   * Where, as a JSONPath.
   */
  path: string;
  /**
   * The value before, as text; absent if there was none, or if it may be secret.
   */
  from?: string;
  /**
   * The value after, as text; absent if there is none, or if it may be secret.
   */
  to?: string;
}
/**
 * Who asked, as the API server authenticated them (after impersonation).
 */
export interface ViolationSubject {
  /**
   * The user name.
   */
  username: string;
  /**
   * The uid of the user, if the authenticator gives one.
   */
  uid?: string;
  /**
   * The groups; at most 64 are listed.
   *
   * @maxItems 64
   */
  groups?: string[];
  serviceAccount?: ViolationServiceAccount;
}
/**
 * The service account, if the user is one.
 */
export interface ViolationServiceAccount {
  /**
   * Its namespace.
   */
  namespace: string;
  /**
   * Its name.
   */
  name: string;
}
/**
 * Repeats of the same decision within one window. Absent until the first repeat, which means a count of 1.
 */
export interface GuardrailViolationStatus {
  /**
   * How many decisions this record stands for.
   */
  count?: number;
  /**
   * When the first was made.
   */
  firstTime?: string;
  /**
   * When the last was made.
   */
  lastTime?: string;
  /**
   * The same by run of the operator.
   *
   * @maxItems 64
   */
  ranges?: ViolationRange[];
}
/**
 * The decisions of one run of the operator.
 */
export interface ViolationRange {
  /**
   * The run of the operator.
   */
  operatorInstance: string;
  /**
   * The number of its first decision in this record.
   */
  first: number;
  /**
   * The number of its last decision in this record.
   */
  last: number;
  /**
   * How many of its decisions are in this record.
   */
  count: number;
}
