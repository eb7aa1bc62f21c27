import type { Change } from '../decision.ts';
import { diff, keySegment } from '../diff.ts';
import { listAt, own, ownAt, stringAt } from '../json.ts';
import { resourceKey } from '../resource-map.ts';
import type { GroupResource, KubeObject } from '../review.ts';
import type { Action, ActionEvent } from './action.ts';
import { ifAny } from './changes.ts';
import { CSR } from './resources.ts';

const SERVICE_ACCOUNT: readonly GroupResource[] = [{ group: '', resource: 'serviceaccounts' }];
const SECRET: readonly GroupResource[] = [{ group: '', resource: 'secrets' }];

/** The type of a Secret that the control plane fills with a token, for the account that an annotation names. */
const ACCOUNT_TOKEN = 'kubernetes.io/service-account-token';
const ACCOUNT_NAME = 'kubernetes.io/service-account.name';
/** The type of a Secret that is itself a token, by which machines join the cluster. */
const BOOTSTRAP_TOKEN = 'bootstrap.kubernetes.io/token';

/** How credentials are got, by resource. */
const DETECT: ReadonlyMap<string, (event: ActionEvent) => readonly Change[] | undefined> = new Map([
  ['serviceaccounts.', ofAccount],
  ['secrets.', ofSecret],
  ['certificatesigningrequests.certificates.k8s.io', ofApproval],
]);

/** Somebody gets credentials. */
export const tokenRequest: Action = {
  name: 'TokenRequest',
  implies: [],
  summary:
    'Credentials are made: a token of a ServiceAccount, by its `/token` or by a Secret that is filled with one, a bootstrap token, or a certificate by approval of its request.',
  resources: {
    builtIn: [...SERVICE_ACCOUNT, ...SECRET, ...CSR],
    custom: () => false,
    text: 'serviceaccounts, secrets, certificatesigningrequests',
  },
  routes: [
    { operation: 'CREATE', subresource: 'token', only: SERVICE_ACCOUNT },
    { operation: 'CREATE', subresource: '', only: SECRET },
    { operation: 'UPDATE', subresource: '', only: SECRET },
    { operation: 'UPDATE', subresource: 'approval', only: CSR },
  ],
  notes: ['The kubelet asks for a token for every Pod that it runs.'],
  unseen: [
    'A Secret that is filled with a token is judged by its own name and labels, not by those of the account: leave `names` and `objectSelector` away, or guard Create of Secrets too.',
    'Who can create a Pod gets the token of its ServiceAccount: guard ServiceAccountChange beside it.',
    'Reading a Secret is no request that admission sees, and neither is impersonation.',
    'A signer writes the certificate to `/status` after the approval; who holds the key of a signer needs neither.',
  ],
  detect: (event) => DETECT.get(resourceKey(event.review))?.(event),
};

/** What the token is for. The token itself is not made yet. */
function ofAccount({ review }: ActionEvent): readonly Change[] | undefined {
  if (review.subresource !== 'token') return undefined;
  const places = [['audiences'], ['expirationSeconds'], ['boundObjectRef', 'kind'], ['boundObjectRef', 'name']];
  return places.flatMap((keys): Change[] => {
    const to = ownAt(review.object, ['spec', ...keys]);
    return to === undefined ? [] : [{ path: `$.spec.${keys.join('.')}`, to }];
  });
}

function ofSecret({ target: { old, new: after } }: ActionEvent): readonly Change[] | undefined {
  const type = stringAt(after, 'type');
  if (type === BOOTSTRAP_TOKEN) {
    return ifAny([...typeChange(old, type), ...diff(own(old, 'data') ?? {}, own(after, 'data') ?? {}, '$.data')]);
  }
  if (type !== ACCOUNT_TOKEN) return undefined;
  const [from, to] = [old, after].map((secret) => stringAt(secret, 'metadata', 'annotations', ACCOUNT_NAME));
  const path = `$.metadata.annotations${keySegment(ACCOUNT_NAME)}`;
  const account = from === to ? [] : [{ path, ...(from !== undefined && { from }), to }];
  return ifAny([...typeChange(old, type), ...account]);
}

/** A type can't be changed, so that it is new with the object. */
function typeChange(old: KubeObject | undefined, type: string): Change[] {
  return stringAt(old, 'type') === type ? [] : [{ path: '$.type', to: type }];
}

function ofApproval({ review, target }: ActionEvent): readonly Change[] | undefined {
  if (review.subresource !== 'approval' || isApproved(target.old) || !isApproved(target.new)) return undefined;
  return [
    { path: '$.status.conditions[Approved]', to: true },
    { path: '$.spec.signerName', to: stringAt(target.new, 'spec', 'signerName') },
    { path: '$.spec.username', to: stringAt(target.new, 'spec', 'username') },
  ];
}

const isApproved = (request: KubeObject | undefined): boolean =>
  listAt(request, 'status', 'conditions').some((condition) => stringAt(condition, 'type') === 'Approved');
