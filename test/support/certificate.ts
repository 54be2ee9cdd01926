import { execFileSync } from 'node:child_process';
import { join } from 'node:path';

/** The paths of a certificate that nobody has signed, for 127.0.0.1, and of its key. */
export interface Certificate {
  readonly certificate: string;
  readonly key: string;
}

/** Makes one in a folder. Whoever is to believe it is given it as `NODE_EXTRA_CA_CERTS`. */
export function makeCertificate(folder: string): Certificate {
  const [certificate, key] = [join(folder, 'certificate.pem'), join(folder, 'key.pem')];
  const form = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2', '-subj', '/CN=a server of the tests'];
  execFileSync('openssl', ['req', '-x509', ...form, '-addext', 'subjectAltName=IP:127.0.0.1', '-keyout', key, '-out', certificate], { stdio: 'ignore' });
  return { certificate, key };
}
