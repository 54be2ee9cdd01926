import { useRef } from 'preact/hooks';

/** How long a finger has to rest, in milliseconds. */
const longPressMs = 450;

/**
 * What a finger that rests on something does, once it is lifted: a menu that opened below the finger would be closed by lifting it. `isPressed` tells
 * whether a finger is on it, whose own menu of the browser is to be kept away.
 */
export function useLongPress(onLongPress: (at: { readonly x: number; readonly y: number }) => void) {
  const lifted = useRef(Number.NEGATIVE_INFINITY);
  const press = useRef<{ readonly x: number; readonly y: number; readonly timer: ReturnType<typeof setTimeout>; isLong: boolean } | null>(null);
  const end = () => {
    const ended = press.current;
    press.current = null;
    if (!ended) return;
    clearTimeout(ended.timer);
    const { x, y } = ended;
    // After everything that lifting the finger does by itself.
    if (!ended.isLong) return;
    lifted.current = performance.now();
    setTimeout(() => onLongPress({ x, y }), 50);
  };
  return {
    isPressed: () => press.current !== null,
    handlers: {
      onPointerDown: ({ pointerType, clientX, clientY }: PointerEvent) => {
        if (pointerType !== 'touch') return;
        const timer = setTimeout(() => {
          if (press.current) press.current.isLong = true;
        }, longPressMs);
        press.current = { x: clientX, y: clientY, timer, isLong: false };
      },
      // Lifting the finger is no click on what is below it.
      onClickCapture: (event: Event) => {
        if (performance.now() - lifted.current > 300) return;
        event.preventDefault();
        event.stopPropagation();
      },
      onPointerUp: end,
      onPointerCancel: end,
      onPointerMove: ({ clientX, clientY }: PointerEvent) => {
        const now = press.current;
        if (!now || now.isLong || Math.hypot(clientX - now.x, clientY - now.y) < 10) return;
        clearTimeout(now.timer);
        press.current = null;
      },
    },
  };
}
