import { randomBytes } from 'node:crypto';
import { parseArgs } from 'node:util';
import { sql } from 'kysely';
import { entities } from '../src/entities.ts';
import { createUserSearch } from '../src/features/search/user-search.service.ts';
import { createGate } from '../src/kernel/gate.ts';
import type { Viewer } from '../src/kernel/viewer.ts';
import { createDatabase, type Database } from '../src/platform/database.ts';

const { values: options } = parseArgs({
  options: {
    url: { type: 'string', default: 'mysql://root@127.0.0.1:3306' },
    users: { type: 'string', default: '1000000' },
    keywords: { type: 'string', default: '200' },
    seed: { type: 'string', default: '1' },
  },
});
const count = Number(options.users);
const perKind = Number(options.keywords);
const page = 50;
const viewer: Viewer = { userId: 0, uuid: '', role: 'USER', sessionId: 0, actedBy: null, sessionUuid: '' };

/** Words of which names are made. */
const latin = 'alice,bob,carol,david,emma,frank,grace,henry,iris,jack,karen,leo,mary,nick,olivia,peter,robert,susan,tom,victor,wang,zhang,xiaohong,kevin,linda';
const surnames =
  '王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗郑梁谢宋唐许韩冯邓曹彭曾萧田董袁潘于蒋蔡余杜叶程苏魏吕丁任沈姚卢姜崔钟谭陆汪范金石廖贾夏韦付方白邹孟熊秦邱江尹薛闫段雷侯龙史陶黎贺顾毛郝龚邵万钱严';
const given =
  '明国华建文平志伟东海强晓生光林小民永杰军金健一忠洪江福祥中正振勇耀春大宁亮宇兴宝少剑云学仁涛瑞飞鹏安亚泽世汉达卫利胜敏群波成荣新峰刚家龙德庆斌辉良玉俊立浩天宏子松克清长嘉红山贤阳乐锋智青跃元武广思雄锦威启昌铭维义宗英凯鸿森超坚旭政传康继翔栋仲权奇礼楠炜友年震鑫雷兵万星骏伦绍麟雨行才希彦兆贵源有景升惠臣慧开章润高佳虎根远力进泉茂毅富博霖顺信凡豪树和恩向道川彬柏磊敬书鸣芳培全炳基冠晖京欣廷哲保秋君劲轩帆若连勋祖锡吉崇钧';

const pick = (salt: string) => `substring_index(substring_index('${latin}', ',', 1 + crc32(concat('${salt}', n)) % ${latin.split(',').length}), ',', -1)`;
const letter = (letters: string, salt: string) => `substr('${letters}', 1 + crc32(concat('${salt}', n)) % ${letters.length}, 1)`;
const username = `case when n % 10 < 4 then concat(left(concat(${pick('a')}, ${pick('b')}), 12), n) when n % 10 < 7 then concat('u_', substr(md5(n), 1, 12)) else concat(${pick('c')}, '_', n) end`;
const nickname = `case when n % 10 in (0, 1, 4, 5, 7) then concat(${letter(surnames, 'd')}, ${letter(given, 'e')}, if(n % 3 = 0, '', ${letter(given, 'f')})) when n % 10 in (2, 8) then concat(${letter(given, 'g')}, ${letter(given, 'h')}, '的', ${letter(given, 'i')}, n % 100) when n % 10 in (3, 6) then concat(${pick('j')}, ' ', ${pick('k')}) else ${username} end`;
/** Statement by statement, each from one table: joins that are sorted need temporary files as large as the index. */
function* fillingStatements(): Generator<string> {
  yield 'create table number (n int primary key)';
  yield 'insert into number values (1)';
  for (let most = 1; most < count; most *= 2) yield `insert into number select n + ${most} from number where n + ${most} <= ${count}`;
  yield `insert into user (id, uuid, username, username_key, role, enabled, nickname, gender, accepts_friends_at_once, created_at)
    select n, uuid(), ${username}, ${username}, 'USER', 1, ${nickname}, 'UNKNOWN', 0, 0 from number order by n`;
  yield 'create table part (place int, suffix varchar(64) character set ascii, user_id bigint)';
  for (const name of ['username', 'nickname'])
    yield `insert into part select n > 1, left(lower(hex(substr(${name}, n))), 64), id from user join number on n <= char_length(${name})
      where n <= 50 and substr(${name}, n, 1) <> ' '`;
  yield 'insert ignore into name_suffix (place, suffix, user_id) select place, suffix, user_id from part order by place, suffix, user_id';
  yield 'drop table number, part';
  yield 'analyze table user, name_suffix';
}

/** Users and their rows in the index, the same that the server would write: names here are small Latin letters, digits, blanks and Chinese. */
async function fill(database: Database): Promise<void> {
  for (const statement of fillingStatements()) await database.read((tx) => sql.raw(statement).execute(tx.db));
}

/** The same numbers for the same seed. */
function createRandom(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

/** Keywords of every kind: parts of names that exist, and some that do not. */
async function keywords(database: Database): Promise<Record<string, string[]>> {
  const random = createRandom(Number(options.seed));
  const ids = Array.from({ length: perKind * 4 }, () => 1 + random(count));
  const rows = await database.read((tx) => tx.db.selectFrom('User').select(['username', 'nickname']).where('id', 'in', ids).execute());
  const part = (text: string, length: number) => {
    const letters = Array.from(text);
    const from = random(Math.max(1, letters.length - length + 1));
    return letters
      .slice(from, from + length)
      .join('')
      .trim();
  };
  const chinese = rows.map(({ nickname: name }) => name).filter((name) => /\p{Script=Han}/u.test(name));
  const names = rows.map(({ username: name }) => name);
  const take = (of: readonly string[], length: number) => [...new Set(of.map((text) => part(text, length)).filter(Boolean))].slice(0, perKind);
  return {
    'one letter': Array.from('abcdeklmnorstuwxyz0123456789_的王明小'),
    'two letters': take(names, 2),
    'three letters': take(names, 3),
    'five letters': take(names, 5),
    'whole usernames': names.slice(0, perKind),
    'very common': [...latin.split(','), 'u_', 'an', 'er'],
    digits: take(
      names.map((name) => name.replace(/\D/g, '')),
      4,
    ),
    'one Chinese character': take(
      chinese.map((name) => name.replace(/\P{Script=Han}/gu, '')),
      1,
    ),
    'two Chinese characters': take(chinese, 2),
    'whole Chinese nicknames': chinese.slice(0, perKind),
    'nobody has it': Array.from({ length: perKind }, (_, index) => `${part(names[index] ?? '', 4)}~`),
  };
}

interface Measured {
  readonly keywords: number;
  readonly found: number;
  readonly medianMs: number;
  readonly p95Ms: number;
  readonly maxMs: number;
}

function measured(times: readonly number[], found: number): Measured {
  const sorted = times.toSorted((a, b) => a - b);
  const at = (share: number) => Math.round((sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0) * 100) / 100;
  return { keywords: times.length, found: Math.round((found / times.length) * 10) / 10, medianMs: at(0.5), p95Ms: at(0.95), maxMs: at(1) };
}

async function measure(database: Database): Promise<Record<string, Measured>> {
  const search = createUserSearch(createGate(1));
  const report: Record<string, Measured> = {};
  const all: number[] = [];
  const deep: number[] = [];
  let total = 0;
  for (const [kind, words] of Object.entries(await keywords(database))) {
    const times: number[] = [];
    let found = 0;
    for (const keyword of words) {
      const begin = performance.now();
      const { edges, pageInfo } = await search.find(database.read, viewer, { keyword, first: page });
      times.push(performance.now() - begin);
      found += edges.length;
      if (!pageInfo.hasNextPage) continue;
      const next = performance.now();
      await search.find(database.read, viewer, { keyword, first: page, after: pageInfo.endCursor });
      deep.push(performance.now() - next);
    }
    report[kind] = measured(times, found);
    all.push(...times);
    total += found;
  }
  return { ...report, 'all kinds': measured(all, total), 'second pages': measured(deep, deep.length * page) };
}

const name = `parley_bench_${randomBytes(4).toString('hex')}`;
const connect = (path: string) => createDatabase({ url: `${options.url}/${path}`, dataDir: '.', pool: 2, timeoutMs: 3_600_000 }, entities);
const database = await connect(name);
try {
  await database.migrate();
  const begin = performance.now();
  await fill(database);
  const filledInSeconds = Math.round((performance.now() - begin) / 1000);
  const { rows } = await database.read((tx) =>
    sql<{ rows: number; megabytes: number; version: string }>`
      select table_rows as \`rows\`, round(data_length / 1e6) as megabytes, version() as version
      from information_schema.tables where table_schema = ${name} and table_name = 'name_suffix'`.execute(tx.db),
  );
  process.stdout.write(
    `${JSON.stringify({ benchmark: 'search-users', users: count, page, index: rows[0], filledInSeconds, measured: await measure(database) }, null, 2)}\n`,
  );
} finally {
  await database.read((tx) => sql`drop database ${sql.id(name)}`.execute(tx.db));
  await database.close();
}
