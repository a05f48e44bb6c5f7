/** How wide an element is, so that a drawing's text keeps its size on every screen. */
import { useLayoutEffect, useRef, useState, type RefObject } from "react";

/** In pixels; `usual` until it is measured. */
export function useWidth(usual: number): [RefObject<HTMLElement | null>, number] {
  const element = useRef<HTMLElement>(null);
  const [width, setWidth] = useState(usual);
  useLayoutEffect(() => {
    const { current } = element;
    if (!current) return undefined;
    const observer = new ResizeObserver(([entry]) => {
      if (entry && entry.contentRect.width > 0) setWidth(Math.round(entry.contentRect.width));
    });
    observer.observe(current);
    return () => observer.disconnect();
  }, []);
  return [element, width];
}
