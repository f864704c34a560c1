import { createHash, generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto';
import { isIP } from 'node:net';
import { bits, octets, oid, sequence, set, tagged, unsigned, utcTime, utf8, yes } from './der.ts';

/** A certificate with its key, as node's TLS takes them. */
export interface ServerCertificate {
  readonly key: string;
  readonly cert: string;
}

/** Somebody who signs certificates. */
export interface Authority {
  /** Its own certificate, PEM. */
  readonly pem: string;
  /** Makes a server's certificate for these names; addresses may be among them. */
  issue(names: readonly string[], days?: { readonly from: number; readonly to: number }): ServerCertificate;
}

interface Wish {
  readonly subject: string;
  readonly issuer: string;
  readonly publicKey: KeyObject;
  readonly signer: KeyObject;
  /** Days from now. */
  readonly days: { readonly from: number; readonly to: number };
  readonly extensions: readonly Buffer[];
}

const DAY_MS = 86_400_000;
/** A client's clock may be off. */
const DAYS = { from: -1, to: 365 } as const;

/** Makes an authority with a key of its own; nothing is written anywhere. Form: RFC 5280. */
export function createAuthority(name: string): Authority {
  const own = createKeys();
  const identifier = identifierOf(own.publicKey);
  const pem = certify({
    subject: name,
    issuer: name,
    publicKey: own.publicKey,
    signer: own.privateKey,
    days: DAYS,
    extensions: [
      extension('2.5.29.19', sequence(yes()), 'critical'),
      // digitalSignature, keyCertSign, cRLSign
      extension('2.5.29.15', bits(Buffer.from([0x86]), 1), 'critical'),
      extension('2.5.29.14', octets(identifier)),
    ],
  });
  return {
    pem,
    issue(names, days = DAYS) {
      const { publicKey, privateKey } = createKeys();
      const cert = certify({
        subject: names[0] ?? '',
        issuer: name,
        publicKey,
        signer: own.privateKey,
        days,
        extensions: [
          // digitalSignature
          extension('2.5.29.15', bits(Buffer.from([0x80]), 7), 'critical'),
          extension('2.5.29.37', sequence(oid('1.3.6.1.5.5.7.3.1'))),
          extension('2.5.29.17', sequence(...names.map(alternativeName))),
          extension('2.5.29.35', sequence(tagged(0x80, identifier))),
        ],
      });
      return { cert, key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString() };
    },
  };
}

function createKeys() {
  return generateKeyPairSync('ec', { namedCurve: 'P-256' });
}

function certify({ subject, issuer, publicKey, signer, days, extensions }: Wish): string {
  const ecdsaWithSha256 = sequence(oid('1.2.840.10045.4.3.2'));
  const toBeSigned = sequence(
    tagged(0xa0, unsigned(Buffer.from([2]))),
    unsigned(Buffer.concat([Buffer.from([1]), randomBytes(8)])),
    ecdsaWithSha256,
    distinguishedName(issuer),
    sequence(utcTime(inDays(days.from)), utcTime(inDays(days.to))),
    distinguishedName(subject),
    publicKey.export({ type: 'spki', format: 'der' }),
    tagged(0xa3, sequence(...extensions)),
  );
  const whole = sequence(toBeSigned, ecdsaWithSha256, bits(sign('sha256', toBeSigned, signer)));
  const lines = whole.toString('base64').replaceAll(/.{64}/g, '$&\n').trimEnd();
  return `-----BEGIN CERTIFICATE-----\n${lines}\n-----END CERTIFICATE-----\n`;
}

function extension(id: string, value: Buffer, weight?: 'critical'): Buffer {
  return sequence(oid(id), ...(weight === 'critical' ? [yes()] : []), octets(value));
}

function distinguishedName(commonName: string): Buffer {
  return sequence(set(sequence(oid('2.5.4.3'), utf8(commonName))));
}

function alternativeName(name: string): Buffer {
  if (isIP(name) === 4) return tagged(0x87, Buffer.from(name.split('.').map(Number)));
  return tagged(0x82, Buffer.from(name));
}

/** Tells authorities of one name apart. */
function identifierOf(publicKey: KeyObject): Buffer {
  return createHash('sha1')
    .update(publicKey.export({ type: 'spki', format: 'der' }))
    .digest();
}

function inDays(days: number): Date {
  return new Date(performance.timeOrigin + performance.now() + days * DAY_MS);
}
