import { diff } from '../diff.ts';
import { own } from '../json.ts';
import { isSecretKind } from '../redact.ts';
import type { Action } from './action.ts';
import { ifAny } from './changes.ts';

/** All that a ConfigMap or Secret holds for its readers. */
const CONTENT = ['data', 'binaryData', 'stringData', 'immutable'];

/** The data of a ConfigMap or Secret changes. */
export const configChange: Action = {
  name: 'ConfigChange',
  implies: [],
  summary: 'The data of a ConfigMap or Secret changes, or the object is made immutable.',
  resources: {
    builtIn: [
      { group: '', resource: 'configmaps' },
      { group: '', resource: 'secrets' },
    ],
    custom: () => false,
    text: 'configmaps, secrets',
  },
  routes: [{ operation: 'UPDATE', subresource: '' }],
  notes: [
    'The keys that change are told, their values never.',
    'Controllers that keep certificates, tokens or leader election in these objects change them all the time: name the objects that matter.',
  ],
  unseen: [
    'Creating and deleting are Create and Delete: guard these too where data must not be replaced by a new object of the same name.',
  ],
  detect: ({ review, target }) => {
    if (!isSecretKind(review)) return undefined;
    const { old, new: after } = target;
    return ifAny(CONTENT.flatMap((key) => diff(own(old, key) ?? {}, own(after, key) ?? {}, `$.${key}`)));
  },
};
