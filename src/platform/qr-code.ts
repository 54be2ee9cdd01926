import { toString as draw } from 'qrcode';
import { type LinkKind, linkOf } from '../kernel/link-form.ts';

/** Draws QR codes of links for people. */
export interface QrCodes {
  /** An SVG document of some kilobytes: the link to a user, by the uuid, or to a group, by its invite code. It takes half a millisecond, and nothing of it is kept. */
  svg(kind: LinkKind, code: string): Promise<string>;
}

/** Makes it for one form of links: see `isLinkForm`. */
export function createQrCodes(form: string): QrCodes {
  return { svg: (kind, code) => draw(linkOf(form, kind, code), { type: 'svg', errorCorrectionLevel: 'M' }) };
}
