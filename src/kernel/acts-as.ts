import { badInput, type Sentence } from './errors.ts';
import { parseUuid } from './ids.ts';

/** As whom a server key acts, as the header Parley-Act-As names them. */
export type ActsAs =
  | { readonly uuid: string }
  /** The provider is null where none is named. */
  | { readonly externalId: string; readonly provider: string | null };

const wrong: Sentence = {
  zh: 'Parley-Act-As 应为 uuid:<uuid>、external:<id> 或 external:<provider>:<id>，各部分须百分号编码',
  en: 'Parley-Act-As is uuid:<uuid>, external:<id> or external:<provider>:<id>, each part percent-encoded',
};

/**
 * Reads `uuid:<uuid>`, `external:<id>` or `external:<provider>:<id>`. Each part is percent-encoded, so that a colon in an id is %3A and a comma
 * %2C, and that of an id which has the form of a uuid never means Parley's. Throws `BAD_USER_INPUT` for everything else.
 */
export function actsAs(header: string): ActsAs {
  const [form, ...parts] = header.split(':').map(decoded);
  const [first = '', second] = parts;
  if (form === 'uuid' && parts.length === 1) {
    const uuid = parseUuid(first);
    if (uuid !== null) return { uuid };
  }
  if (form === 'external' && parts.length === 1 && first !== '') return { externalId: first, provider: null };
  if (form === 'external' && parts.length === 2 && first !== '' && second) return { externalId: second, provider: first };
  throw badInput('Parley-Act-As', wrong);
}

function decoded(part: string): string {
  // What is no ASCII comes in whatever encoding the client took for it; and a comma stands between two headers that came as one, of which a part of
  // one person's and a part of another's would be somebody else.
  if (!/^[\x20-\x2b\x2d-\x7e]*$/.test(part)) throw badInput('Parley-Act-As', wrong);
  try {
    return decodeURIComponent(part.trim());
  } catch {
    throw badInput('Parley-Act-As', wrong);
  }
}
