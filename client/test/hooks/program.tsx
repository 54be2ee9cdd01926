import { createElement, type ReactNode, StrictMode, Suspense } from 'react';
import { createRoot } from 'react-dom/client';

export * from 'parley-client/react';
export { Page } from '../../examples/page.tsx';
export { createElement, StrictMode, Suspense };

/** Shows something in an element; gives the function that takes it away. */
export function show(node: ReactNode, element: Element): () => void {
  const root = createRoot(element);
  root.render(node);
  return () => root.unmount();
}
