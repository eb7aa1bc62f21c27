import { canJudge, isInEffectAt, type RouteOf, type StaticTest, staticTest } from './candidate.ts';
import type { LoadedGuardrail } from './compiled-guardrail.ts';
import { failurePolicyOfGroup, type GuardrailGroup, groupGuardrails } from './guardrail-group.ts';
import { type ResourceInfo, type ResourceMap, resourceKey } from './resource-map.ts';
import type { GroupResource, Review } from './review.ts';

/** Routes are remembered up to this number and length: a cluster has fewer, and nobody must grow memory by inventing some. */
const MAX_REMEMBERED_ROUTES = 10_000;
const MAX_REMEMBERED_LENGTH = 512;

/** The candidates of a route, each with what it asks of a review beside it. */
interface RouteCandidates {
  readonly guardrails: readonly LoadedGuardrail[];
  readonly tests: readonly (StaticTest | undefined)[];
}

/** All loaded guardrails, immutable: the engine reads one index from beginning to end of a review. */
export class PolicyIndex {
  readonly guardrails: readonly LoadedGuardrail[];
  readonly groups: readonly GuardrailGroup[];
  readonly resources: ResourceMap;
  readonly #groupById: ReadonlyMap<string, GuardrailGroup>;
  readonly #remembered = new Map<string, RouteCandidates>();

  constructor(guardrails: readonly LoadedGuardrail[], resources: ResourceMap) {
    this.guardrails = [...guardrails].sort((a, b) => (a.scope.identity.name < b.scope.identity.name ? -1 : 1));
    this.groups = groupGuardrails(this.guardrails);
    this.resources = resources;
    this.#groupById = new Map(this.groups.map((group) => [group.id, group]));
  }

  /**
   * The guardrails of a group that can have something to say of a review, in the order of their names: at least all that
   * match. A group that is not known is one of an older or newer webhook configuration: then all guardrails of its
   * failurePolicy are candidates, so that nothing slips past while the configuration changes.
   */
  candidates(by: RouteOf, groupId: string): readonly LoadedGuardrail[] {
    return this.#candidatesOf(by, groupId).guardrails;
  }

  /** The candidates that match by what the review says itself, and are in effect. */
  matching(review: Review, groupId: string, now: Date): LoadedGuardrail[] {
    const { guardrails, tests } = this.#candidatesOf(review, groupId);
    return guardrails.filter((guardrail, index) => isInEffectAt(guardrail, now) && (tests[index]?.(review) ?? true));
  }

  #candidatesOf(by: RouteOf, groupId: string): RouteCandidates {
    const key = `${groupId} ${by.operation} ${resourceKey(by)}/${by.subresource}`;
    const known = this.#remembered.get(key);
    if (known !== undefined) return known;
    const guardrails = this.#ofGroup(groupId).filter((guardrail) => canJudge(guardrail, by));
    const found = { guardrails, tests: guardrails.map((guardrail) => staticTest(guardrail, by)) };
    const isLikely = this.#groupById.has(groupId) && key.length <= MAX_REMEMBERED_LENGTH;
    if (isLikely && this.#remembered.size < MAX_REMEMBERED_ROUTES) this.#remembered.set(key, found);
    return found;
  }

  /** What is known of a resource; undefined if the cluster does not serve it. */
  info(resource: GroupResource): ResourceInfo | undefined {
    return this.resources.get(resourceKey(resource));
  }

  #ofGroup(id: string): readonly LoadedGuardrail[] {
    const group = this.#groupById.get(id);
    if (group !== undefined) return group.guardrails;
    const policy = failurePolicyOfGroup(id);
    return this.guardrails.filter(({ scope }) => policy === undefined || scope.failurePolicy === policy);
  }
}
