import { X509Certificate } from 'node:crypto';
import { expect, it } from 'vitest';
import { createAuthority } from '../../../src/rehearsal/kube/certificates.ts';

it('makes an authority that signs itself and may sign others', () => {
  const own = new X509Certificate(createAuthority('kubernetes').pem);
  expect(own.subject).toBe('CN=kubernetes');
  expect(own.ca).toBe(true);
  expect(own.verify(own.publicKey)).toBe(true);
});

it('makes certificates for names and addresses, for a year', () => {
  const authority = createAuthority('kubernetes');
  const cert = new X509Certificate(authority.issue(['a.eks.amazonaws.com', '127.0.0.1']).cert);
  expect(cert.verify(new X509Certificate(authority.pem).publicKey)).toBe(true);
  expect(cert.checkIssued(new X509Certificate(authority.pem))).toBe(true);
  expect(cert.ca).toBe(false);
  expect(cert.checkHost('a.eks.amazonaws.com')).toBe('a.eks.amazonaws.com');
  expect(cert.checkHost('localhost')).toBeUndefined();
  expect(cert.checkIP('127.0.0.1')).toBe('127.0.0.1');
  const days = (Date.parse(cert.validTo) - Date.parse(cert.validFrom)) / 86_400_000;
  expect(days).toBe(366);
});

it('is told apart from another authority of the same name', () => {
  const cert = new X509Certificate(createAuthority('kubernetes').issue(['a']).cert);
  expect(cert.checkIssued(new X509Certificate(createAuthority('kubernetes').pem))).toBe(false);
});
