import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { closeLater, within } from './lifetime.ts';
import { emptyFolder } from './operator.ts';
import { freePort } from './private-services.ts';
import { hasS3, s3Command, s3Program } from './s3-program.ts';

/** An S3 server of the test's own, with an empty bucket. */
export interface S3 {
  /** `http://127.0.0.1:<port>`; buckets are paths there. */
  readonly endpoint: string;
  readonly bucket: string;
  readonly key: string;
  readonly secret: string;
  readonly region: string;
  /** Kills it: it is away, and keeps what it has. */
  stop(): Promise<void>;
  /** Starts it again, at the same endpoint. */
  start(): Promise<void>;
}

/** Starts one, a versitygw on a folder of its own. Ended at the end of the test. Throws where the checkout has none: see `s3Command`. */
export async function openS3(): Promise<S3> {
  if (!hasS3()) throw new Error(`There is no S3 server for the tests. Make it: ${s3Command}`);
  const [folder, port] = [emptyFolder(), await freePort()];
  const [bucket, region] = ['parley', 'eu-central-1'];
  const [key, secret] = ['tests', randomBytes(16).toString('hex')];
  const endpoint = `http://127.0.0.1:${port}`;
  const [data, marks] = [join(folder, 'data'), join(folder, 'marks')];
  // A bucket is a folder there, and what is known of its objects beside their bytes stands in the other one.
  mkdirSync(join(data, bucket), { recursive: true });
  mkdirSync(marks);
  const args = ['--access', key, '--secret', secret, '--region', region, '--port', `127.0.0.1:${port}`, '--health', '/health', '--quiet'];
  let server: { readonly child: ChildProcess; readonly ended: Promise<unknown> } | null = null;
  const stop = async () => {
    server?.child.kill('SIGKILL');
    await server?.ended;
    server = null;
  };
  const start = async () => {
    const child = spawn(s3Program, [...args, 'posix', '--sidecar', marks, data], { stdio: ['ignore', 'pipe', 'pipe'] });
    let said = '';
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (text) => {
        said += String(text);
      });
    server = { child, ended: new Promise((resolve) => child.once('exit', resolve)) };
    const answers = async () => {
      while (child.exitCode === null && !(await fetch(`${endpoint}/health`).catch(() => null))?.ok) await new Promise((resolve) => setTimeout(resolve, 20));
      if (child.exitCode !== null) throw new Error(`the S3 server has ended: ${said}`);
    };
    await within(answers(), 10_000, () => `the S3 server does not begin: ${said}`);
  };
  closeLater(stop);
  await start();
  return { endpoint, bucket, key, secret, region, stop, start };
}
