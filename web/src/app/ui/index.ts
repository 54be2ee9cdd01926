// What pages are put together from.
export { Avatar } from './avatar.tsx';
export { Button, IconButton, LinkButton } from './button.tsx';
export { Confirm, Dialog } from './dialog.tsx';
export { Choice, Field, Select, Switch, TextArea } from './field.tsx';
export { Icon, type IconName } from './icon.tsx';
export { Menu, type MenuItem, MenuList } from './menu.tsx';
export { Badge, Empty, Notice } from './notice.tsx';
export { type MenuPlace, usePopover } from './popover.ts';
export { Spinner } from './spinner.tsx';
export { Toasts, toast } from './toast.tsx';
