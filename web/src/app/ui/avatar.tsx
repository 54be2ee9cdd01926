import './avatar.css';
import { useState } from 'preact/hooks';

export interface AvatarProps {
  /** What the colour is chosen by: the id of whom it shows. */
  readonly id: string;
  readonly name: string;
  /** As the API gives it. One elsewhere is not loaded: whoever chose it would learn who looks at it, from where. */
  readonly url?: string | null;
  readonly size?: number;
  /** Shows a dot for somebody who is there. */
  readonly isOnline?: boolean;
  /** A group's has corners. */
  readonly isGroup?: boolean;
}

/** The picture of a person or a group, or the first letters of the name. The name stands beside it, so it is not read out. */
export function Avatar({ id, name, url, size = 40, isOnline = false, isGroup = false }: AvatarProps) {
  const [failed, setFailed] = useState<string | null>(null);
  const source = url && isOwn(url) && url !== failed ? url : null;
  return (
    <span
      class={`avatar avatar-${hueOf(id)}${isGroup ? ' avatar-group' : ''}`}
      style={{ width: `${size}px`, height: `${size}px`, fontSize: `${Math.round(size * 0.4)}px` }}
      aria-hidden="true"
    >
      {source ? <img src={source} width={size} height={size} alt="" loading="lazy" decoding="async" onError={() => setFailed(source)} /> : initials(name)}
      {isOnline ? <span class="avatar-dot" /> : null}
    </span>
  );
}

function isOwn(url: string): boolean {
  try {
    return new URL(url, location.href).origin === location.origin;
  } catch {
    return false;
  }
}

function hueOf(id: string): number {
  let sum = 0;
  for (const character of id) sum = (sum * 31 + (character.codePointAt(0) ?? 0)) % 9973;
  return sum % 8;
}

/** Two first letters of Latin words, one sign of others. */
function initials(name: string): string {
  const words = name.trim().split(/\s+/u);
  const first = [...(words[0] ?? '')][0] ?? '?';
  if (!/\p{Script=Latin}/u.test(first)) return first;
  const last = words.length > 1 ? ([...(words.at(-1) ?? '')][0] ?? '') : '';
  return (first + last).toUpperCase();
}
