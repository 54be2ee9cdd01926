import { Buffer } from 'node:buffer';
import { badInput } from '../../kernel/errors.ts';
import { isObject, storedJson } from '../../kernel/stored-json.ts';
import { requireText } from '../../kernel/texts.ts';
import { type Content, type ContentKind, type Found, storedAs, withoutFiles } from './content.service.ts';
import { textLimit } from './text.service.ts';

/** What a custom content may hold: letters of its type, bytes of its data in UTF-8. */
export const customLimits = { type: 64, dataBytes: 8192 } as const;

/** What an app gives that brings its own contents. */
export interface CustomInput {
  readonly type: string;
  /** JSON. */
  readonly data: string;
  /** What those show who do not know the type. */
  readonly text: string;
}

declare module './content.service.ts' {
  interface ContentInput {
    readonly custom?: CustomInput | null | undefined;
  }
}

const typePattern = /^[a-z0-9._-]+$/;

/** A content that only some apps know; everybody else shows its text. */
export class CustomContent implements Content {
  readonly kind = 'CUSTOM';
  readonly typename = 'CustomContent';
  readonly type: string;
  /** Exactly as it was sent. */
  readonly data: string;
  readonly searchable: string;

  constructor({ type, data, text }: CustomInput) {
    this.type = type;
    this.data = data;
    this.searchable = text;
  }

  get stored() {
    return storedAs({ type: this.type, data: this.data, text: this.searchable }, this);
  }

  text(): string {
    return this.searchable;
  }

  forwarded(): Found {
    return withoutFiles(this);
  }
}

/** Contents of apps that bring their own. */
export const customKind: ContentKind = {
  kind: 'CUSTOM',
  read({ content }) {
    const stored = content === null ? null : storedJson(content);
    if (!isObject(stored)) return null;
    const { type, data, text } = stored;
    return typeof type === 'string' && typeof data === 'string' && typeof text === 'string' ? new CustomContent({ type, data, text }) : null;
  },
  take({ custom }) {
    if (!custom) return null;
    const { type, data, text } = custom;
    const content = takeCustom('content.custom.', custom);
    return { mark: { custom: [type, data, text] }, characters: data.length + text.length, find: () => withoutFiles(content) };
  },
};

/** What an app gives, where it may be sent. Throws `BAD_USER_INPUT` for the name of the field behind `path`. */
export function takeCustom(path: '' | `${string}.`, custom: CustomInput): CustomContent {
  const { type, data, text } = custom;
  const { type: letters, dataBytes } = customLimits;
  if (type.length > letters || !typePattern.test(type))
    throw badInput(`${path}type`, {
      zh: `应为 1 到 ${letters} 个字符：a-z、0-9、“.”、“_”和“-”`,
      en: `Give 1 to ${letters} characters of a-z, 0-9, ".", "_" and "-"`,
    });
  if (Buffer.byteLength(data) > dataBytes) throw badInput(`${path}data`, { zh: `最多 ${dataBytes} 字节（UTF-8）`, en: `At most ${dataBytes} bytes in UTF-8` });
  if (!isJson(data)) throw badInput(`${path}data`, { zh: '应为 JSON', en: 'Give JSON' });
  requireText(`${path}text`, text, textLimit);
  return new CustomContent(custom);
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
