import { compileGlobs } from '../glob.ts';
import { isNamespace, namespaceName } from '../match.ts';
import { answered, NOT_SET, notAsked, notHeld, type Question } from './question.ts';

/** Whether the name of the object is one that the guardrail is about. */
export const NAMES: Question = {
  field: 'spec.match.names',
  ask: ({ source, guardrail, subject: { review } }) => {
    const { names } = guardrail.match;
    if (names === undefined) return NOT_SET;
    if (!guardrail.namesResource(review)) return notAsked('A Namespace that is judged for its labels has any name');
    const globs = source.spec.match.names ?? [];
    const name = review.name === '' ? 'A name that is not known yet' : review.name;
    return answered(
      names(review.name),
      `${name} is like ${firstLike(globs, review.name) ?? ''}`,
      `${name} is like none of ${globs.join(', ')}`,
    );
  },
};

/** Whether the namespace is one that the guardrail is about, by its name. */
export const NAMESPACES: Question = {
  field: 'spec.match.namespaces',
  ask: ({ source, guardrail, subject: { review } }) => {
    const { namespaces } = guardrail.match;
    if (namespaces === undefined) return NOT_SET;
    const name = namespaceName(review);
    const { include, exclude = [] } = source.spec.match.namespaces ?? {};
    if (name === '') return notHeld('The object is in no namespace, and no Namespace');
    const of = isNamespace(review) ? `The Namespace ${name}` : `Namespace ${name}`;
    const excluded = firstLike(exclude, name);
    const why = excluded === undefined ? `is like none of ${include?.join(', ') ?? ''}` : `is excluded by ${excluded}`;
    return answered(namespaces(name), `${of} is one of those that are judged`, `${of} ${why}`);
  },
};

/** The first glob that a text is like. */
export function firstLike(globs: readonly string[], text: string): string | undefined {
  return globs.find((glob) => compileGlobs([glob])(text));
}
