import { useLayoutEffect, useRef } from 'preact/hooks';

/** Where something opens: at a point, such as of a right click, or at an element. */
export type MenuPlace = { readonly x: number; readonly y: number } | Element;

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
    node.querySelector<HTMLElement>('button:not(:disabled), input')?.focus({ preventScroll: true });
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
  const left = at.left + width + 8 > innerWidth ? at.right - width : at.left;
  const top = at.bottom + height + 12 > innerHeight ? at.top - height - 4 : at.bottom + 4;
  node.style.left = `${Math.max(8, Math.min(left, innerWidth - width - 8))}px`;
  node.style.top = `${Math.max(8, Math.min(top, innerHeight - height - 8))}px`;
}
