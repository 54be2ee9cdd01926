import { chmodSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createFileScanner } from '../../src/platform/file-scan.ts';
import { createLogger } from '../../src/platform/logger.ts';
import { closeLater } from '../support/lifetime.ts';
import { emptyFolder } from '../support/operator.ts';

function scannerOf(scanCommand: string | undefined, scanMs = 20_000) {
  let said = '';
  const logger = createLogger('info', {
    write(line: string) {
      said += line;
    },
  });
  return { scanner: createFileScanner({ logger, scanCommand, scanMs }), said: () => said };
}

/** A file, whose name is as bad as a name can be. */
function fileOf(text: string): string {
  const path = join(emptyFolder(), `it's "$(touch x)"; exit 0 #`);
  writeFileSync(path, text);
  return path;
}

/** A program of the operator's. */
function programOf(lines: string): string {
  const path = join(emptyFolder(), 'scan');
  writeFileSync(path, `#!/bin/sh\n${lines}\n`);
  chmodSync(path, 0o755);
  return path;
}

describe('what judges files', () => {
  it('finds every file fine where there is nobody to judge', async () => {
    expect(await scannerOf(undefined).scanner.isFine('/no/such/file')).toBe(true);
  });

  it('gets the path behind its arguments, and says by its exit code whether a file is fine', async () => {
    const { scanner, said } = scannerOf("grep --quiet --invert-match 'a virus'");
    expect(await scanner.isFine(fileOf('harmless'))).toBe(true);
    expect(await scanner.isFine(fileOf('a virus'))).toBe(false);
    expect(await scanner.isFine(`${fileOf('gone')}-gone`)).toBe(false);
    expect(said()).toBe('');
  });

  it('gets nothing of the environment', async () => {
    process.env.PARLEY_SCAN_SECRET = 'secret';
    closeLater(() => delete process.env.PARLEY_SCAN_SECRET);
    const path = fileOf('');
    expect(await scannerOf(programOf('env > "$1"')).scanner.isFine(path)).toBe(true);
    expect(readFileSync(path, 'utf8')).toContain('PWD=');
    expect(readFileSync(path, 'utf8')).not.toContain('SECRET');
  });

  it('finds nothing fine that takes too long, and is killed', async () => {
    const path = fileOf('x');
    const { scanner, said } = scannerOf(programOf('echo $$ > "$1"; while :; do :; done'), 500);
    expect(await scanner.isFine(path)).toBe(false);
    expect(() => process.kill(Number(readFileSync(path, 'utf8')), 0)).toThrow('ESRCH');
    expect(said()).toContain('took too long');
  });

  it('says nothing of any file where it cannot be started, and the log says that', async () => {
    const notAllowed = programOf('exit 0');
    chmodSync(notAllowed, 0o644);
    for (const command of ['/no/such/program --quiet', notAllowed]) {
      const { scanner, said } = scannerOf(command);
      await expect(scanner.isFine(fileOf('x'))).rejects.toMatchObject({ code: 'UNAVAILABLE' });
      expect(said()).toContain('cannot be started');
    }
    expect(existsSync(notAllowed)).toBe(true);
  });
});
