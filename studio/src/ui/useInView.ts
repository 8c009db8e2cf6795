/** Whether an element is in the window or near it. */

import { type RefObject, useEffect, useRef, useState } from "react";

const NEAR = "400px";

export function useInView<E extends Element>(): [RefObject<E | null>, boolean] {
  const element = useRef<E>(null);
  const [near, setNear] = useState(false);
  useEffect(() => {
    if (!element.current) return;
    const watcher = new IntersectionObserver((entries) => setNear(entries.at(-1)?.isIntersecting === true), { rootMargin: NEAR });
    watcher.observe(element.current);
    return () => watcher.disconnect();
  }, []);
  return [element, near];
}
