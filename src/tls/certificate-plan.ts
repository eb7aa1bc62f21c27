import {
  covers,
  createAuthority,
  expiration,
  isAuthority,
  isPair,
  isSignedBy,
  issueServingCertificate,
  type KeyPair,
  needsRenewal,
  splitBundle,
} from './certificates.ts';

const AUTHORITY_NAME = 'kube-guardrails webhook CA';

/** What is stored, as PEM texts. */
export interface StoredCertificates {
  /** The authorities that clients trust. The newest is the first, and the one that signs. */
  readonly caBundle: string;
  readonly caKey: string;
  readonly certificate: string;
  readonly key: string;
}

/** Why what is stored is to be replaced. The last two mean that it could not be used as it was. */
export type CertificateChange =
  | 'FirstCertificates'
  | 'AuthorityRenewed'
  | 'AuthorityDropped'
  | 'NamesChanged'
  | 'ServingCertificateRenewed'
  | 'ServingCertificateUnusable'
  | 'AuthorityUnusable';

/** The certificates that should be there. */
export interface CertificatePlan {
  readonly certificates: StoredCertificates;
  /** Why they differ from what is stored; undefined if they don't. */
  readonly change: CertificateChange | undefined;
}

/**
 * Says what should be stored in place of `stored`, so that a trusted serving certificate for `names` is always there. Makes
 * one step at a time: call it again later for the next.
 *
 * A new authority only joins the bundle at first: the serving certificate of the old one stays until its own renewal, so that
 * every client has long known the new authority when it first meets it. The old one leaves the bundle when it has expired.
 */
export async function planCertificates(
  stored: StoredCertificates | undefined,
  names: readonly string[],
  now: Date,
): Promise<CertificatePlan> {
  const bundle = splitBundle(stored?.caBundle ?? '').filter((pem) => isAuthority(pem) && expiration(pem) > now);
  const serving = usableServing(stored, bundle, now);
  const change = serving === undefined ? 'ServingCertificateUnusable' : reasonToReissue(serving, names, now);
  const authority: KeyPair = { certificate: bundle[0] ?? '', key: stored?.caKey ?? '' };

  if (stored === undefined || !isPair(authority) || needsRenewal(authority.certificate, now)) {
    return renewAuthority({ stored, bundle, authority, serving, change }, names, now);
  }
  if (serving === undefined || change !== undefined) {
    const issued = await issueServingCertificate(authority, names, now);
    return { certificates: assemble(bundle, authority.key, issued), change };
  }
  const certificates = assemble(bundle, authority.key, serving);
  return { certificates, change: certificates.caBundle === stored.caBundle ? undefined : 'AuthorityDropped' };
}

interface Findings {
  readonly stored: StoredCertificates | undefined;
  readonly bundle: readonly string[];
  readonly authority: KeyPair;
  readonly serving: KeyPair | undefined;
  readonly change: CertificateChange | undefined;
}

async function renewAuthority(findings: Findings, names: readonly string[], now: Date): Promise<CertificatePlan> {
  const { stored, bundle, authority, serving, change } = findings;
  const isUsable = isPair(authority);
  if (isUsable && change !== undefined) {
    // The serving certificate first, from the authority that clients know already.
    const issued = await issueServingCertificate(authority, names, now);
    return { certificates: assemble(bundle, authority.key, issued), change };
  }
  const successor = await createAuthority(AUTHORITY_NAME, now);
  const kept = change === undefined ? serving : undefined;
  return {
    certificates: assemble(
      [successor.certificate, ...bundle],
      successor.key,
      kept ?? (await issueServingCertificate(successor, names, now)),
    ),
    change: stored === undefined ? 'FirstCertificates' : isUsable ? 'AuthorityRenewed' : 'AuthorityUnusable',
  };
}

function usableServing(
  stored: StoredCertificates | undefined,
  bundle: readonly string[],
  now: Date,
): KeyPair | undefined {
  if (stored === undefined) {
    return undefined;
  }
  const { certificate, key } = stored;
  const isUsable =
    isPair({ certificate, key }) &&
    expiration(certificate) > now &&
    bundle.some((authority) => isSignedBy(certificate, authority));
  return isUsable ? { certificate, key } : undefined;
}

function reasonToReissue({ certificate }: KeyPair, names: readonly string[], now: Date): CertificateChange | undefined {
  if (!covers(certificate, names)) {
    return 'NamesChanged';
  }
  return needsRenewal(certificate, now) ? 'ServingCertificateRenewed' : undefined;
}

const assemble = (bundle: readonly string[], caKey: string, serving: KeyPair): StoredCertificates => ({
  caBundle: bundle.join(''),
  caKey,
  ...serving,
});
