/** Text to copy. */
import { Check, Copy } from "lucide-react";
import { useState, type ReactNode } from "react";
import { Button } from "./basics.tsx";

export function CopyButton({ text, label = "Copy" }: { text: string; label?: string }) {
  const [said, setSaid] = useState<string>();
  const copy = async () => {
    // There is no clipboard over plain HTTP (other than on localhost), or where the browser forbids it.
    const copied = await navigator.clipboard?.writeText(text).then(
      () => true,
      () => false,
    );
    setSaid(copied ? "Copied" : "Not allowed here: select and copy it");
    setTimeout(() => setSaid(undefined), 3000);
  };
  return (
    <Button small onClick={() => void copy()}>
      {said === "Copied" ? <Check size={14} aria-hidden /> : <Copy size={14} aria-hidden />}
      <span aria-live="polite">{said ?? label}</span>
    </Button>
  );
}

export function Code({ text, label, tools }: { text: string; label: string; tools?: ReactNode }) {
  return (
    <div className="code">
      <div className="tools">
        {tools}
        <CopyButton text={text} />
      </div>
      {/* Scrollable, so that it can be reached by keyboard. */}
      {/* oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex */}
      <pre tabIndex={0} role="region" aria-label={label}>
        {text}
      </pre>
    </div>
  );
}
