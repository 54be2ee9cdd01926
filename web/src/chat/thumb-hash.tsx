import { useLayoutEffect, useRef } from 'preact/hooks';
import { thumbHashToRGBA } from 'thumbhash';

/** What can be drawn of a picture until it is there. On a canvas, because an address with the bytes in it is what the page forbids. */
export function ThumbHash({ hash }: { readonly hash: string }) {
  const canvas = useRef<HTMLCanvasElement>(null);
  useLayoutEffect(() => {
    const element = canvas.current;
    const context = element?.getContext('2d');
    if (!element || !context) return;
    try {
      const { w, h, rgba } = thumbHashToRGBA(Uint8Array.from(atob(hash), (char) => char.charCodeAt(0)));
      element.width = w;
      element.height = h;
      context.putImageData(new ImageData(new Uint8ClampedArray(rgba), w, h), 0, 0);
    } catch {
      // One that is damaged shows nothing, as none does.
    }
  }, [hash]);
  // biome-ignore lint/a11y/noAriaHiddenOnFocusable: nothing in it can have the focus.
  return <canvas ref={canvas} class="thumb-hash" aria-hidden="true" />;
}
