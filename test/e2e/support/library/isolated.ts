import type { Guardrail, SubjectMatcher } from '../../../../src/api/v1alpha1.ts';
import { SCENE_USER } from './api.ts';

const BITS = 8;

/** The group in which whoever replays a test of the guardrail of that number is. */
export const groupOf = (index: number): string => `replay:${index.toString(2).padStart(BITS, '0')}`;

/** A glob of each digit that is another one: together they are the groups of all other numbers. */
function groupsOfOthers(index: number): string[] {
  const own = groupOf(index);
  return Array.from({ length: BITS }, (_, bit) => {
    const at = own.length - BITS + bit;
    const flipped = own[at] === '0' ? '1' : '0';
    return `replay:${'?'.repeat(bit)}${flipped}${'?'.repeat(BITS - 1 - bit)}`;
  });
}

/**
 * A guardrail that denies, and that judges nobody but who replays its own tests: so all can be applied at once, and neither
 * set the scene for the others nor keep the controllers from their work. Without its tests, whose users are in no such group.
 */
export function isolated({ tests: _tests, ...spec }: Guardrail['spec'], index: number): Guardrail['spec'] {
  const { include, exclude = [] } = spec.match.subjects ?? {};
  const group = (name: string): SubjectMatcher => ({ kind: 'Group', name });
  const setter: SubjectMatcher = { kind: 'User', name: SCENE_USER };
  const others = include === undefined ? [] : groupsOfOthers(index).map(group);
  return {
    ...spec,
    enforcement: 'Deny',
    failurePolicy: 'Fail',
    match: {
      ...spec.match,
      subjects: { include: include ?? [group(groupOf(index))], exclude: [...exclude, ...others, setter] },
    },
  };
}
