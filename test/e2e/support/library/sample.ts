import type { LibraryTest } from './library.ts';

/** What a sample must have: each guardrail, each action and each kind of request, once tripped and once not. */
function goalsOf({ guardrail, test, actions, isTripped }: LibraryTest): readonly string[] {
  const { operation, resource, subresource = '' } = test.request;
  const how = isTripped ? 'tripped' : 'not tripped';
  const told = [
    `guardrail ${guardrail.metadata?.name}`,
    ...actions.map((action) => `action ${action}`),
    `request ${operation} ${resource.resource}.${resource.group ?? ''}/${subresource}`,
  ];
  return told.map((goal) => `${goal} ${how}`);
}

/**
 * Chooses tests that have among them whatever all of them have, few if not the fewest: always the one that brings in most, the
 * first of equals.
 */
export function sampleOf(tests: readonly LibraryTest[]): readonly LibraryTest[] {
  const missing = new Set(tests.flatMap(goalsOf));
  const brings = (test: LibraryTest) => goalsOf(test).filter((goal) => missing.has(goal)).length;
  const chosen = new Set<LibraryTest>();
  while (missing.size > 0) {
    const best = tests.reduce((a, b) => (brings(b) > brings(a) ? b : a));
    chosen.add(best);
    for (const goal of goalsOf(best)) missing.delete(goal);
  }
  return tests.filter((test) => chosen.has(test));
}
