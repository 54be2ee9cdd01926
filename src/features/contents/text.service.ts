import { badInput } from '../../kernel/errors.ts';
import { isObject, storedJson } from '../../kernel/stored-json.ts';
import { isBlank, requireText } from '../../kernel/texts.ts';
import { type Content, type ContentKind, type ContentRow, type Found, isOlderBeside, withoutFiles } from './content.service.ts';

/** The most that a text may hold, in Unicode code points. */
export const textLimit = 5000;

declare module './content.service.ts' {
  interface ContentInput {
    readonly text?: string | null | undefined;
  }
  interface ContentEdit {
    readonly text?: string | null | undefined;
  }
}

/** A text, as it was sent. */
class TextContent implements Content {
  readonly kind = 'TEXT';
  readonly typename = 'TextContent';
  readonly searchable: string;

  constructor(text: string) {
    this.searchable = text;
  }

  get stored() {
    return isOlderBeside ? { text: this.searchable } : { content: JSON.stringify({ text: this.searchable }) };
  }

  text(): string {
    return this.searchable;
  }

  forwarded(): Found {
    // Rows of before may show nothing.
    if (isBlank(this.searchable)) throw badInput('content.forward', { zh: '空白消息不能转发', en: 'There is nothing to see in this message' });
    return withoutFiles(this);
  }
}

/** The text that a row holds. Where there are two the column counts: a node of 0.1.0 edits that one. */
export function textIn({ text, content }: Pick<ContentRow, 'text' | 'content'>): string {
  if (text !== null) return text;
  const data = content === null ? null : storedJson(content);
  return isObject(data) && typeof data.text === 'string' ? data.text : '';
}

/** A text that may be sent. Throws `BAD_USER_INPUT` for `field`. */
export function takeText(field: string, text: string): Content {
  requireText(field, text, textLimit);
  return new TextContent(text);
}

/** Texts. */
export const textKind: ContentKind = {
  kind: 'TEXT',
  read: (row) => new TextContent(textIn(row)),
  take({ text }) {
    if (typeof text !== 'string') return null;
    const content = takeText('content.text', text);
    return { mark: text, characters: text.length, find: () => withoutFiles(content) };
  },
  takeEdit({ text }) {
    if (typeof text !== 'string') return null;
    requireText('content.text', text, textLimit);
    return (before) => {
      if (!(before instanceof TextContent))
        throw badInput('content.text', {
          zh: '只有文本消息和附件的说明可以编辑：这条消息不是文本',
          en: 'Only texts and the captions of attachments can be edited, and this message is no text: recall it and send another one',
        });
      return new TextContent(text);
    };
  },
};
