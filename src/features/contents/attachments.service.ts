import { badInput, type Locale } from '../../kernel/errors.ts';
import { harmlessName } from '../../kernel/names.ts';
import { isObject, storedJson } from '../../kernel/stored-json.ts';
import { optionalText } from '../../kernel/texts.ts';
import type { FileRow, UploadKind } from '../files/file.entity.ts';
import { type FileFactsView, factsOf, readFacts, storedFacts } from '../files/file-facts.policy.ts';
import { type LockedFiles, ownFiles, shownFiles } from '../files/file-use.service.ts';
import { type Content, type ContentKind, type Found, storedAs } from './content.service.ts';

/** The most files of one message, and the most characters of what is said beside them. */
export const attachmentLimits = { files: 10, caption: 5000 } as const;

/** What somebody sends who has uploaded files. */
export interface AttachmentsInput {
  /** In the order in which they are shown. */
  readonly uploadUuids: readonly string[];
  readonly caption?: string | null | undefined;
}

declare module './content.service.ts' {
  interface ContentInput {
    readonly attachments?: AttachmentsInput | null | undefined;
  }
  interface ContentEdit {
    readonly caption?: string | null | undefined;
  }
}

/** Files, and what is said beside them. It holds a copy of what is known of each file: showing it asks nothing of the tables. */
export class AttachmentsContent implements Content {
  readonly kind = 'ATTACHMENTS';
  readonly typename = 'AttachmentsContent';
  readonly files: readonly FileFactsView[];
  readonly searchable: string | null;

  constructor(files: readonly FileFactsView[], caption: string | null) {
    this.files = files;
    this.searchable = caption;
  }

  get caption(): string | null {
    return this.searchable;
  }

  get stored() {
    return storedAs({ files: this.files.map(storedFacts), text: this.caption ?? '' }, this);
  }

  text(locale: Locale): string {
    const kinds = [...Map.groupBy(this.files, ({ kind }) => kind).values()];
    return [...kinds.map((files) => labelOf(files, locale)), ...(this.caption === null ? [] : [this.caption])].join(' ');
  }

  forwarded(files: LockedFiles): Found {
    const uuids = this.files.map(({ uuid }) => uuid);
    return { content: this, files: usedOf(shownFiles(files, uuids, 'content.forward')) };
  }
}

const uploadIds = 'content.attachments.uploadIds';

/** Files. */
export const attachmentsKind: ContentKind = {
  kind: 'ATTACHMENTS',
  read({ content }) {
    const stored = content === null ? null : storedJson(content);
    const files = isObject(stored) && Array.isArray(stored.files) ? stored.files.map(readFacts).filter((facts) => facts !== null) : [];
    if (!isObject(stored) || files.length === 0) return null;
    return new AttachmentsContent(files, typeof stored.text === 'string' && stored.text !== '' ? stored.text : null);
  },
  take({ attachments }) {
    if (!attachments) return null;
    const { uploadUuids: uuids, caption } = attachments;
    const most = attachmentLimits.files;
    if (uuids.length === 0 || uuids.length > most) throw badInput(uploadIds, { zh: `请提供 1 到 ${most} 个文件`, en: `Give 1 to ${most} files` });
    if (new Set(uuids).size < uuids.length)
      throw badInput(uploadIds, { zh: '同一个文件在一条消息中只能出现一次', en: 'Give each file once: none may stand in a message twice' });
    const said = takeCaption('content.attachments.caption', caption);
    return {
      mark: { attachments: [uuids, caption ?? null] },
      // For each file a row is locked, and another one written.
      characters: (said?.length ?? 0) + uuids.length * 100,
      uploads: uuids,
      find(_tx, viewer, files) {
        const rows = ownFiles(files, viewer, uuids, uploadIds);
        if (rows.some(({ kind }) => kind === 'AVATAR'))
          throw badInput(uploadIds, { zh: '头像不能作为附件发送，请另行上传为图片', en: 'An AVATAR is no attachment: upload the picture as IMAGE' });
        return { content: new AttachmentsContent(rows.map(factsOf), said), files: usedOf(rows) };
      },
    };
  },
  takeEdit({ caption }) {
    if (typeof caption !== 'string') return null;
    const said = takeCaption('content.caption', caption);
    return (before) => {
      if (!(before instanceof AttachmentsContent))
        throw badInput('content.caption', { zh: '只有带附件的消息才有说明', en: 'Only a message with attachments has a caption: this one has none' });
      return new AttachmentsContent(before.files, said);
    };
  },
};

function takeCaption(field: string, caption: string | null | undefined): string | null {
  return optionalText(field, caption, attachmentLimits.caption);
}

function usedOf(rows: readonly FileRow[]): Found['files'] {
  return rows.map(({ id, kind }) => ({ fileId: id, kind }));
}

const labels: Readonly<Record<UploadKind, Readonly<Record<Locale, string>>>> = {
  IMAGE: { zh: '图片', en: 'picture' },
  AVATAR: { zh: '图片', en: 'picture' },
  AUDIO: { zh: '语音', en: 'voice' },
  VIDEO: { zh: '视频', en: 'video' },
  FILE: { zh: '文件', en: 'file' },
};

/** What stands for files of one kind: of a single one what tells it from others, of several their number. */
function labelOf(files: readonly FileFactsView[], locale: Locale): string {
  const [file] = files;
  if (!file) return '';
  const label = labels[file.kind][locale];
  if (files.length > 1) return `[${label}] × ${files.length}`;
  if (file.kind === 'AUDIO' && file.duration !== null) return `[${label} ${clockTime(file.duration)}]`;
  if (file.kind === 'FILE') return `[${label} ${harmlessName(file.name)}]`;
  return `[${label}]`;
}

/** Seconds as a clock shows them: 0:07, 12:30, 1:02:03. */
function clockTime(seconds: number): string {
  const whole = Math.round(Math.max(0, seconds));
  const [hours, minutes, rest] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  const two = (value: number) => String(value).padStart(2, '0');
  return hours > 0 ? `${hours}:${two(minutes)}:${two(rest)}` : `${minutes}:${two(rest)}`;
}
