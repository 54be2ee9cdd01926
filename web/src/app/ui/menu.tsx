import './menu.css';
import type { ComponentChildren } from 'preact';
import { useLayoutEffect, useRef, useState } from 'preact/hooks';
import { IconButton } from './button.tsx';
import { Icon, type IconName } from './icon.tsx';

export interface MenuItem {
  readonly label: string;
  readonly icon?: IconName;
  readonly isDanger?: boolean;
  readonly disabled?: boolean;
  /** A line above, where another kind of things begins. */
  readonly startsPart?: boolean;
  readonly onSelect: () => void;
}

/** Where a menu opens: at a point, such as of a right click, or at an element. */
export type MenuPlace = { readonly x: number; readonly y: number } | Element;

export interface MenuListProps {
  readonly label: string;
  readonly place: MenuPlace;
  readonly items: readonly MenuItem[];
  readonly onClose: () => void;
  /** Something above the items, such as a row of reactions. */
  readonly children?: ComponentChildren;
}

/** A menu that is open: rendered is open. Arrows, Home, End and letters move, Escape and a click elsewhere close; on a phone it comes from below. */
export function MenuList({ label, place, items, onClose, children }: MenuListProps) {
  const box = useRef<HTMLDivElement>(null);
  const closing = useRef(onClose);
  closing.current = onClose;

  useLayoutEffect(() => {
    const node = box.current;
    if (!node) return;
    const before = document.activeElement;
    node.showPopover();
    if (!matchMedia('(max-width: 480px)').matches) putAt(node, place);
    node.querySelector<HTMLElement>('button:not(:disabled)')?.focus({ preventScroll: true });
    const toggled = (event: Event) => {
      if ('newState' in event && event.newState === 'closed') closing.current();
    };
    node.addEventListener('toggle', toggled);
    return () => {
      node.removeEventListener('toggle', toggled);
      if (node.contains(document.activeElement) && before instanceof HTMLElement && before.isConnected) before.focus({ preventScroll: true });
    };
  }, []);

  const move = (event: KeyboardEvent) => {
    const all = [...(box.current?.querySelectorAll<HTMLElement>('[role=menuitem]:not(:disabled)') ?? [])];
    const at = all.findIndex((item) => item.matches(':focus'));
    const to = { ArrowDown: at + 1, ArrowUp: at < 0 ? all.length - 1 : at - 1, Home: 0, End: all.length - 1 }[event.key];
    const found = to === undefined ? all.find((item) => item.textContent?.trim().toLowerCase().startsWith(event.key.toLowerCase())) : all.at(to % all.length);
    if (event.key === 'Tab') onClose();
    if (!found || (event.key.length > 1 && to === undefined)) return;
    event.preventDefault();
    found.focus();
  };

  return (
    <div ref={box} class="menu" popover="auto">
      {children}
      <div role="menu" tabIndex={-1} aria-label={label} onKeyDown={move}>
        {items.map((item) => (
          <button
            key={item.label}
            type="button"
            role="menuitem"
            tabIndex={-1}
            class={`menu-item${item.isDanger ? ' menu-danger' : ''}${item.startsPart ? ' menu-part' : ''}`}
            disabled={item.disabled ?? false}
            onClick={() => {
              onClose();
              item.onSelect();
            }}
          >
            {item.icon ? <Icon name={item.icon} size={18} /> : null}
            <span>{item.label}</span>
          </button>
        ))}
      </div>
    </div>
  );
}

/** A button that opens a menu. */
export function Menu({ label, icon = 'more', items }: { readonly label: string; readonly icon?: IconName; readonly items: readonly MenuItem[] }) {
  const button = useRef<HTMLButtonElement>(null);
  const [isOpen, setOpen] = useState(false);
  // A press on the button closes the open menu before its click arrives here, which would open it again.
  const wasOpen = useRef(false);
  return (
    <>
      <IconButton
        icon={icon}
        label={label}
        buttonRef={button}
        aria-haspopup="menu"
        aria-expanded={isOpen}
        onPointerDown={() => {
          wasOpen.current = isOpen;
        }}
        onClick={() => {
          setOpen(!isOpen && !wasOpen.current);
          wasOpen.current = false;
        }}
      />
      {isOpen && button.current ? <MenuList label={label} place={button.current} items={items} onClose={() => setOpen(false)} /> : null}
    </>
  );
}

function putAt(node: HTMLElement, place: MenuPlace): void {
  const at = place instanceof Element ? place.getBoundingClientRect() : new DOMRect(place.x, place.y);
  const { width, height } = node.getBoundingClientRect();
  const left = at.left + width + 8 > innerWidth ? at.right - width : at.left;
  const top = at.bottom + height + 12 > innerHeight ? at.top - height - 4 : at.bottom + 4;
  node.style.left = `${Math.max(8, Math.min(left, innerWidth - width - 8))}px`;
  node.style.top = `${Math.max(8, Math.min(top, innerHeight - height - 8))}px`;
}
