import type { SubjectMatcher } from '../../api/v1alpha1.ts';
import { FieldErrors } from '../field-error.ts';
import { compileMatch, fieldManagerOf } from '../match.ts';
import type { Subject } from '../review.ts';
import { firstLike } from './name-questions.ts';
import { answered, NOT_SET, type Question } from './question.ts';

/** Whether the guardrail is about who asks. */
export const SUBJECTS: Question = {
  field: 'spec.match.subjects',
  ask: ({ source, guardrail, subject: { review } }) => {
    const { subjects } = guardrail.match;
    if (subjects === undefined) return NOT_SET;
    const { subject } = review;
    const { include, exclude = [] } = source.spec.match.subjects ?? {};
    const included = firstMatcher(include ?? [], subject);
    const excluded = firstMatcher(exclude, subject);
    return answered(
      subjects(subject),
      `${subject.username} is ${included === undefined ? 'not excluded' : `included by ${textOf(included)}`}`,
      `${subject.username} is ${excluded === undefined ? 'not included' : `excluded by ${textOf(excluded)}`}`,
    );
  },
};

/** Whether the guardrail is about the tool that says that it asks. */
export const FIELD_MANAGERS: Question = {
  field: 'spec.match.fieldManagers',
  ask: ({ source, guardrail, subject: { review } }) => {
    const { fieldManagers } = guardrail.match;
    if (fieldManagers === undefined) return NOT_SET;
    const name = fieldManagerOf(review);
    const of = name === undefined ? 'A request that names no field manager' : `Field manager ${name}`;
    const excluded = firstLike(source.spec.match.fieldManagers?.exclude ?? [], name ?? '');
    return answered(
      fieldManagers(name),
      `${of} is judged`,
      `${of} is ${excluded === undefined || name === undefined ? 'not included' : `excluded by ${excluded}`}`,
    );
  },
};

/** The first matcher that speaks of a subject: each is asked as if it were the only one. */
function firstMatcher(matchers: readonly SubjectMatcher[], subject: Subject): SubjectMatcher | undefined {
  return matchers.find((matcher) => {
    const { subjects } = compileMatch({ actions: [], subjects: { include: [matcher] } }, new FieldErrors());
    return subjects?.(subject);
  });
}

const textOf = ({ kind, name, namespace }: SubjectMatcher): string =>
  `${kind} ${namespace === undefined ? '' : `${namespace}/`}${name}`;
