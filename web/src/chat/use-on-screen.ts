import { useEffect, useRef, useState } from 'preact/hooks';

/** Whether an element is on the screen, or nearly so. */
export function useOnScreen<E extends Element>() {
  const ref = useRef<E>(null);
  const [isOnScreen, setOnScreen] = useState(false);
  useEffect(() => {
    if (!ref.current) return;
    const observer = new IntersectionObserver((entries) => setOnScreen(entries.at(-1)?.isIntersecting ?? false), { rootMargin: '100px' });
    observer.observe(ref.current);
    return () => observer.disconnect();
  }, []);
  return { ref, isOnScreen };
}
