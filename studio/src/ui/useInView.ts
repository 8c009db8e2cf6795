/** Whether an element has come near the window yet; once it has, it stays so. */

import { type RefObject, useEffect, useRef, useState } from "react";

export function useInView<E extends Element>(): [RefObject<E | null>, boolean] {
  const element = useRef<E>(null);
  const [seen, setSeen] = useState(false);
  useEffect(() => {
    if (seen || !element.current) return;
    const watcher = new IntersectionObserver(
      (entries) => entries.some((entry) => entry.isIntersecting) && setSeen(true),
      { rootMargin: "200px" },
    );
    watcher.observe(element.current);
    return () => watcher.disconnect();
  }, [seen]);
  return [element, seen];
}
