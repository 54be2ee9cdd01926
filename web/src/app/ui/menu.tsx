import './menu.css';
import type { ComponentChildren } from 'preact';
import { useRef, useState } from 'preact/hooks';
import { IconButton } from './button.tsx';
import { Icon, type IconName } from './icon.tsx';
import { type MenuPlace, usePopover } from './popover.ts';

export interface MenuItem {
  readonly label: string;
  readonly icon?: IconName;
  readonly isDanger?: boolean;
  readonly disabled?: boolean;
  /** A line above, where another kind of things begins. */
  readonly startsPart?: boolean;
  readonly onSelect: () => void;
}

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
  const box = usePopover(place, onClose);

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
