import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { decodeReview } from '../../../../src/admission/decode.ts';
import type { KubeObject, Review } from '../../../../src/policy/review.ts';

const FOLDER = fileURLToPath(new URL('../../../fixtures/reviews/', import.meta.url));

/** The names of all captured reviews. */
export const captures: readonly string[] = readdirSync(FOLDER).map((file) => file.replace(/\.json$/, ''));

/** The body of a captured review, as the API server sent it. */
export const capturedBody = (name: string): Buffer => readFileSync(`${FOLDER}${name}.json`);

/** A captured review, decoded. */
export const captured = (name: string): Review => decodeReview(capturedBody(name));

export const alice = { username: 'alice', groups: ['developers', 'system:authenticated'] };

/** A review that was not captured: by alice, of a Deployment in namespace shop, unless told otherwise. */
export function review(parts: Partial<Review> = {}): Review {
  return {
    uid: 'review-1',
    operation: 'UPDATE',
    group: 'apps',
    version: 'v1',
    resource: 'deployments',
    subresource: '',
    namespace: 'shop',
    name: 'web',
    subject: alice,
    dryRun: false,
    ...parts,
  };
}

/** An update of a custom resource from one body to another. */
export const widgetUpdate = (from: KubeObject, to: KubeObject, parts: Partial<Review> = {}): Review =>
  review({ group: 'example.com', resource: 'widgets', name: 'w', oldObject: named(from), object: named(to), ...parts });

const named = (body: KubeObject): KubeObject => ({ metadata: { name: 'w', namespace: 'shop' }, ...body });
