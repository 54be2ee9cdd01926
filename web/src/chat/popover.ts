import { useLayoutEffect, useRef } from 'preact/hooks';
import type { MenuPlace } from '../app/ui/index.ts';

/** A box above the page at a place, on phones at the bottom: Escape and a click elsewhere close it, and the focus goes back to where it was. */
export function usePopover(place: MenuPlace, onClose: () => void) {
  const box = useRef<HTMLDivElement>(null);
  const closing = useRef(onClose);
  closing.current = onClose;
  useLayoutEffect(() => {
    const node = box.current;
    if (!node) return;
    const before = document.activeElement;
    node.showPopover();
    if (!matchMedia('(max-width: 480px)').matches) putAt(node, place);
    node.querySelector<HTMLElement>('button, input')?.focus({ preventScroll: true });
    const toggled = (event: Event) => {
      if ('newState' in event && event.newState === 'closed') closing.current();
    };
    node.addEventListener('toggle', toggled);
    return () => {
      node.removeEventListener('toggle', toggled);
      if (node.contains(document.activeElement) && before instanceof HTMLElement && before.isConnected) before.focus({ preventScroll: true });
    };
  }, []);
  return box;
}

function putAt(node: HTMLElement, place: MenuPlace): void {
  const at = place instanceof Element ? place.getBoundingClientRect() : new DOMRect(place.x, place.y);
  const { width, height } = node.getBoundingClientRect();
  const left = Math.max(8, Math.min(at.left, innerWidth - width - 8));
  const below = at.bottom + 4;
  const top = below + height + 8 > innerHeight ? at.top - height - 4 : below;
  node.style.left = `${left}px`;
  node.style.top = `${Math.max(8, Math.min(top, innerHeight - height - 8))}px`;
}
