import { cut, oneLine } from './describe.ts';
import { type EvaluationContext, requestObject, targetObject } from './evaluation-context.ts';
import { PolicySyntaxError } from './field-error.ts';
import { isScalar, own } from './json.ts';
import { compileJsonPath, compileSimpleJsonPath, type JsonPath } from './json-path.ts';
import { hasSecretKey, isSecretKind, SECRET_KEYS } from './redact.ts';
import type { KubeObject } from './review.ts';
import { allNeeds, type ConditionNeeds, NEEDS_NOTHING } from './when/condition.ts';

/** A compiled message. */
export interface MessageTemplate {
  readonly needs: ConditionNeeds;
  render(context: EvaluationContext): string;
}

interface Variable {
  readonly needs: ConditionNeeds;
  /** Whether it is, or holds, an object of the cluster. */
  readonly isObject: boolean;
  readonly read: (context: EvaluationContext) => unknown;
}

/** What a placeholder can read. */
const VARIABLES: ReadonlyMap<string, Variable> = new Map<string, Variable>([
  ['object', { needs: NEEDS_NOTHING, isObject: true, read: ({ review }) => review.object }],
  ['oldObject', { needs: NEEDS_NOTHING, isObject: true, read: ({ review }) => review.oldObject }],
  ['target', { needs: { target: true, namespace: false }, isObject: true, read: ({ target }) => targetObject(target) }],
  ['options', { needs: NEEDS_NOTHING, isObject: false, read: ({ review }) => review.options }],
  ['namespace', { needs: { target: false, namespace: true }, isObject: true, read: ({ namespace }) => namespace }],
  ['request', { needs: NEEDS_NOTHING, isObject: false, read: ({ review }) => requestObject(review) }],
  ['action', { needs: NEEDS_NOTHING, isObject: false, read: ({ actions }) => ({ type: actions[0], types: actions }) }],
]);

const MAX_PLACEHOLDERS = 16;
const MAX_VALUE_LENGTH = 256;
const MISSING = '<none>';
const WITHHELD = '<withheld>';

/** What may be shown of a Secret or ConfigMap. */
const SHOWN_OF_SECRETS: ReadonlySet<string> = new Set(['metadata', 'kind', 'apiVersion', 'type']);

/**
 * Compiles a message with `{{ JSONPath }}` placeholders, such as `{{ $.target.metadata.name }}`. Refuses what could show
 * the values of Secrets, ConfigMaps, environment variables, annotations or tokens. Throws PolicySyntaxError.
 */
export function compileMessageTemplate(text: string): MessageTemplate {
  const parts = split(text);
  const placeholders = parts.filter((part) => typeof part !== 'string');
  if (placeholders.length > MAX_PLACEHOLDERS) {
    throw new PolicySyntaxError(`must not have more than ${MAX_PLACEHOLDERS} placeholders`);
  }
  return {
    needs: allNeeds(placeholders),
    render: (context) => parts.map((part) => (typeof part === 'string' ? part : part.render(context))).join(''),
  };
}

function split(text: string): (string | MessageTemplate)[] {
  const parts: (string | MessageTemplate)[] = [];
  let position = 0;
  for (let open = text.indexOf('{{'); open >= 0; open = text.indexOf('{{', position)) {
    const close = text.indexOf('}}', open);
    if (close < 0) throw new PolicySyntaxError(`must close the placeholder at position ${open + 1} with }}`);
    parts.push(oneLine(text.slice(position, open)), compilePlaceholder(text.slice(open + 2, close).trim()));
    position = close + 2;
  }
  parts.push(oneLine(text.slice(position)));
  return parts;
}

function compilePlaceholder(text: string): MessageTemplate {
  const path = compileJsonPath(text);
  const [name = '', first = ''] = path.keys;
  const variable = VARIABLES.get(name);
  if (variable === undefined) {
    throw new PolicySyntaxError(
      `must read one of ${[...VARIABLES.keys()].join(', ')} in {{ ${text} }}, such as $.target.metadata.name`,
    );
  }
  const read = variable.isObject ? objectTexts(text, path) : (root: KubeObject) => path.values(root).map(valueText);
  return {
    needs: variable.needs,
    render: (context) => {
      if (variable.isObject && isSecretKind(context.review) && !SHOWN_OF_SECRETS.has(first)) return WITHHELD;
      return cut(oneLine(read({ [name]: variable.read(context) }).join(', ')), MAX_VALUE_LENGTH);
    },
  };
}

/**
 * A path may name a secret key, or reach it by wildcards. So such keys are refused, and `*` is allowed only between keys:
 * `containers[*].image` can't reach an environment variable, `containers[*].*[*].value` could.
 */
function refuseSecrets(path: JsonPath, text: string): void {
  const isSimple = path.isSimple && path.keys.length > 1 && !/(\*|\])\s*(\.\*|\[\*)/.test(text) && !/\.\*/.test(text);
  // A label may well be called `env`.
  const isLabel = path.keys[1] === 'metadata' && path.keys[2] === 'labels';
  const words = text.split(/[.[\]'"]+/);
  if (!isSimple || (!isLabel && words.some((word) => SECRET_KEYS.has(word)))) {
    throw new PolicySyntaxError(
      `must not show what may be secret: {{ ${text} }} can reach data, environment variables, annotations, commands or tokens`,
    );
  }
}

/**
 * Reads the values of an object of the cluster. A wildcard can lead to a key that the path does not name, so each place is
 * looked at as it is reached.
 */
function objectTexts(text: string, path: JsonPath): (root: KubeObject) => string[] {
  refuseSecrets(path, text);
  const simple = compileSimpleJsonPath(text);
  return (root) =>
    simple.pairs(root, undefined).map(({ path: place, from }) => {
      const inObject = place.replace(/^\$\.\w+/, '$');
      return hasSecretKey(inObject) ? WITHHELD : valueText(from);
    });
}

/** Never throws, whatever the value: that a message can't be told must not change what is decided. */
function valueText(value: unknown): string {
  if (value === undefined || value === null) return MISSING;
  if (isScalar(value)) return String(value);
  if (Array.isArray(value) && value.every(isScalar)) return value.join(', ');
  const name = own(value, 'name');
  return isScalar(name) ? String(name) : '<object>';
}
