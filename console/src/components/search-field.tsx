/** A search that starts after a pause in typing, not at every letter. */
import { useLayoutEffect, useRef, useState, type ReactNode } from "react";
import { TextField } from "./form.tsx";

const PAUSE_MS = 300;

export function SearchField({
  label,
  help,
  value,
  onSettle,
}: {
  label: string;
  help?: ReactNode;
  value: string;
  onSettle: (text: string) => void;
}) {
  const [draft, setDraft] = useState(value);
  const [known, setKnown] = useState(value);
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  // A page is only hidden while the next one loads. Text still pending must not lead back to it: layout effects
  // end with hiding, others with unmounting.
  useLayoutEffect(() => () => clearTimeout(timer.current), []);
  // The search was changed from elsewhere: by the browser's Back, or by clearing it.
  if (value !== known) {
    setKnown(value);
    setDraft(value);
  }
  const type = (text: string) => {
    setDraft(text);
    clearTimeout(timer.current);
    timer.current = setTimeout(() => onSettle(text.trim()), PAUSE_MS);
  };
  return <TextField label={label} help={help} type="search" value={draft} onChange={type} />;
}
