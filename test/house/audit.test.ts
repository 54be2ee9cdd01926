import { expect, test } from 'vitest';
import { filesIn, readText } from './sources.ts';

test('nothing in the sources changes or deletes a record of the audit log', () => {
  const wrong = filesIn('src', '.ts')
    .filter((file) => !file.startsWith('src/platform/migrations/'))
    .flatMap((file) => {
      const code = readText(file);
      const found = code.matchAll(
        /(updateTable|deleteFrom|replaceInto|updatesOf|mergeInto)\([^)]*AuditRecord|(update|delete from|truncate|alter table)[^'"`\n]*audit_record(?!:)/gi,
      );
      return [...found].map(([text]) => `${file}: ${text}`);
    });
  expect(wrong).toEqual([]);
  expect(readText('src/features/audit/audit.service.ts')).toContain("insertInto('AuditRecord')");
});

test('the columns of the audit log are what is written: no name and no text of anybody', () => {
  const entity = readText('src/features/audit/audit.entity.ts');
  const columns = [...entity.matchAll(/^ {4}(\w+): p\./gm)].map(([, name]) => name);
  expect(columns).toEqual(['id', 'uuid', 'at', 'actorUuid', 'sessionUuid', 'action', 'targetType', 'targetKey', 'reason', 'changes', 'serverKey']);
});

test('docs/operations.md has every action of the audit log', () => {
  const [, union = ''] = /export type AuditAction =([^;]+);/.exec(readText('src/features/audit/audit.entity.ts')) ?? [];
  const actions = [...union.matchAll(/'([\w.]+)'/g)].map(([, name]) => name);
  expect(actions.length).toBeGreaterThan(3);
  const [, section = ''] = /## The audit log\n([\s\S]*?)\n## /.exec(readText('docs/operations.md')) ?? [];
  expect(actions.filter((action) => !section.includes(`\`${action}\``))).toEqual([]);
});
