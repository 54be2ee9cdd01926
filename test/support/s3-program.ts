import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** What makes the server that the tests of S3 need, once for each checkout. */
export const s3Command = 'npm run s3';

/** That server: a versitygw. */
export const s3Program = fileURLToPath(new URL('../../.cache/s3/versitygw', import.meta.url));

/** Whether this checkout has it. */
export const hasS3 = (): boolean => existsSync(s3Program);
