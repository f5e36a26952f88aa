import 'reflect-metadata'
import {
  AuthorityKeyIdentifierExtension,
  BasicConstraintsExtension,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  KeyUsageFlags,
  KeyUsagesExtension,
  PemConverter,
  SubjectAlternativeNameExtension,
  SubjectKeyIdentifierExtension,
  X509CertificateGenerator,
} from '@peculiar/x509'
import type { Random } from '../../protocol/effects.ts'

/** The name in the server's certificate; agents ask for it whatever address they dial. */
export const serverName = 'assay-server'

/** PEM texts. The authority's key is used here once and not kept. */
export interface Authority {
  readonly caPem: string
  readonly serverCertificatePem: string
  readonly serverKeyPem: string
}

const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const

/** A machine's clock is not trusted: it may say 2020 after a flat battery. */
const validity = {
  notBefore: new Date('2020-01-01T00:00:00Z'),
  notAfter: new Date('2120-01-01T00:00:00Z'),
}

/** A new authority of one server, and the only certificate it signs (RFC 5280; P-256). */
export async function createAuthority(random: Random): Promise<Authority> {
  const authorityKeys = await generateKeys()
  const serverKeys = await generateKeys()
  const issuer = 'CN=Assay agent port authority'
  const authority = await X509CertificateGenerator.create({
    serialNumber: serialNumber(random),
    subject: issuer,
    issuer,
    ...validity,
    signingAlgorithm: algorithm,
    publicKey: authorityKeys.publicKey,
    signingKey: authorityKeys.privateKey,
    extensions: [
      new BasicConstraintsExtension(true, 0, true),
      new KeyUsagesExtension(KeyUsageFlags.keyCertSign, true),
      await SubjectKeyIdentifierExtension.create(authorityKeys.publicKey),
    ],
  })
  const certificate = await X509CertificateGenerator.create({
    serialNumber: serialNumber(random),
    subject: `CN=${serverName}`,
    issuer,
    ...validity,
    signingAlgorithm: algorithm,
    publicKey: serverKeys.publicKey,
    signingKey: authorityKeys.privateKey,
    extensions: [
      new BasicConstraintsExtension(false, undefined, true),
      new KeyUsagesExtension(KeyUsageFlags.digitalSignature, true),
      new ExtendedKeyUsageExtension([ExtendedKeyUsage.serverAuth]),
      new SubjectAlternativeNameExtension([{ type: 'dns', value: serverName }]),
      await AuthorityKeyIdentifierExtension.create(authorityKeys.publicKey),
    ],
  })
  const key = await crypto.subtle.exportKey('pkcs8', serverKeys.privateKey)
  return {
    caPem: `${authority.toString('pem')}\n`,
    serverCertificatePem: `${certificate.toString('pem')}\n`,
    serverKeyPem: `${PemConverter.encode(key, 'PRIVATE KEY')}\n`,
  }
}

function generateKeys(): Promise<CryptoKeyPair> {
  return crypto.subtle.generateKey(algorithm, true, ['sign', 'verify'])
}

/** RFC 5280 §4.1.2.2: positive, at most 20 octets. */
function serialNumber(random: Random): string {
  return `01${Buffer.from(random.bytes(15)).toString('hex')}`
}
