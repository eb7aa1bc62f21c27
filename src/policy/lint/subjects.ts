import type { SubjectMatcher } from '../../api/v1alpha1.ts';
import { covers } from './glob-cover.ts';
import { hitIf, type LintRule } from './lint-rule.ts';
import { areAll } from './routes.ts';

/** Rules on who is judged. */
export const SUBJECT_RULES: readonly LintRule[] = [
  {
    rule: 'everybody-excluded',
    level: 'warning',
    summary: 'Nobody is judged.',
    find: ({ spec }) =>
      excluded(spec.match.subjects?.exclude)
        .filter(({ subject }) => isEverybody(subject))
        .map(({ field, subject }) => ({
          field,
          message: `${subject.kind} ${subject.name} is everybody who has logged in, so that nobody is judged: name who is let through`,
        })),
  },
  {
    rule: 'subjects-excluded',
    level: 'warning',
    summary: 'Every included subject is excluded.',
    find: ({ spec }) => {
      const { include = [], exclude = [] } = spec.match.subjects ?? {};
      const isExcluded = (one: SubjectMatcher) => exclude.some((other) => coversSubject(other, one));
      return hitIf(
        include.length > 0 && include.every(isExcluded),
        'spec.match.subjects',
        'everybody who is included is excluded, so that nobody is judged: exclude wins',
      );
    },
  },
  {
    rule: 'service-account-as-user',
    level: 'info',
    summary: 'A ServiceAccount is named as a User.',
    find: ({ spec }) =>
      [...included(spec.match.subjects?.include), ...excluded(spec.match.subjects?.exclude)]
        .filter(({ subject: { kind, name } }) => kind === 'User' && name.startsWith('system:serviceaccount:'))
        .map(({ field }) => ({
          field,
          message:
            'kind ServiceAccount with namespace and name says it clearer, and no glob can reach another namespace by mistake',
        })),
  },
  {
    rule: 'administrators-excluded',
    level: 'info',
    summary: 'Cluster administrators are let through.',
    find: ({ spec }) =>
      excluded(spec.match.subjects?.exclude)
        .filter(({ subject: { kind, name } }) => kind === 'Group' && name === 'system:masters')
        .map(({ field }) => ({
          field,
          message:
            'the credentials that matter most are let through: most accidents happen to those who may do everything',
        })),
  },
  {
    rule: 'default-service-account',
    level: 'warning',
    summary: 'The ServiceAccount that every Pod gets is let through.',
    find: ({ spec }) =>
      excluded(spec.match.subjects?.exclude)
        .filter(({ subject: { kind, name } }) => kind === 'ServiceAccount' && name === 'default')
        .map(({ field }) => ({
          field,
          message:
            'every Pod of the namespace that names no other has this account, and is let through: give the tool an account of its own',
        })),
  },
  {
    rule: 'field-manager-never-named',
    level: 'warning',
    summary: 'A field manager is asked for, of requests that name none.',
    find: ({ spec, compiled }) =>
      hitIf(
        spec.match.fieldManagers?.include !== undefined &&
          areAll(compiled, 'Delete', 'Evict', 'Exec', 'Attach', 'PortForward', 'Proxy'),
        'spec.match.fieldManagers.include',
        'deletions, evictions and connections name no field manager, so that they are never judged: use subjects',
      ),
  },
  {
    rule: 'field-manager-lets-pass',
    level: 'warning',
    summary: 'Whoever gives itself a name is let through.',
    find: ({ spec }) =>
      hitIf(
        spec.enforcement === 'Deny' && (spec.match.fieldManagers?.exclude ?? []).length > 0,
        'spec.match.fieldManagers.exclude',
        'every client chooses the name of its field manager itself, and so can pass: exclude by subjects',
      ),
  },
];

interface PlacedSubject {
  readonly field: string;
  readonly subject: SubjectMatcher;
}

const placed =
  (list: 'include' | 'exclude') =>
  (subjects: readonly SubjectMatcher[] = []): PlacedSubject[] =>
    subjects.map((subject, index) => ({ field: `spec.match.subjects.${list}[${index}]`, subject }));

const included = placed('include');
const excluded = placed('exclude');

/** Who has logged in is in the group of those who have. */
const isEverybody = ({ kind, name }: SubjectMatcher): boolean =>
  (kind === 'User' && name === '*') || (kind === 'Group' && covers(name, 'system:authenticated'));

function coversSubject(wide: SubjectMatcher, narrow: SubjectMatcher): boolean {
  const { kind, name, namespace = '' } = wide;
  return kind === narrow.kind && covers(name, narrow.name) && covers(namespace, narrow.namespace ?? '');
}
