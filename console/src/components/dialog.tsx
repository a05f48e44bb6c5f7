/** Dialogs on the browser's own <dialog>: focus stays inside, Escape closes. */
import { useEffect, useId, useRef, useState, type ReactNode } from "react";
import { Button, Failure } from "./basics.tsx";
import { Form } from "./form.tsx";
import type { Action } from "./hooks.ts";

export function Dialog({
  title,
  open,
  onClose,
  children,
}: {
  title: string;
  open: boolean;
  /** Without it, only the dialog's own buttons close it. */
  onClose?: (() => void) | undefined;
  children: ReactNode;
}) {
  const element = useRef<HTMLDialogElement>(null);
  const id = useId();
  useEffect(() => {
    const dialog = element.current;
    if (open && dialog && !dialog.open) dialog.showModal();
    if (!open) dialog?.close();
  }, [open]);
  return (
    <dialog
      ref={element}
      aria-labelledby={id}
      onCancel={(event) => {
        event.preventDefault();
        onClose?.();
      }}
    >
      {open && (
        <div className="inner">
          <h2 id={id}>{title}</h2>
          {children}
        </div>
      )}
    </dialog>
  );
}

/** A form in a dialog, which closes once it is submitted. */
export function FormDialog({
  title,
  open,
  submit,
  ready = true,
  action: { busy, error },
  onSubmit,
  onClose,
  children,
}: {
  title: string;
  open: boolean;
  /** On the button: what will be done. */
  submit: string;
  ready?: boolean;
  action: Action;
  onSubmit: () => Promise<void>;
  onClose: () => void;
  children: ReactNode;
}) {
  return (
    <Dialog title={title} open={open} onClose={onClose}>
      <Form onSubmit={onSubmit}>
        {children}
        {error !== undefined && <Failure error={error} />}
        <div className="actions row">
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" kind="primary" disabled={busy || !ready}>
            {submit}
          </Button>
        </div>
      </Form>
    </Dialog>
  );
}

/** Asks for confirmation, and says what will end. */
export function Confirm({
  title,
  open,
  action,
  onConfirm,
  onClose,
  children,
}: {
  title: string;
  open: boolean;
  /** On the button: what will be done. */
  action: string;
  onConfirm: () => Promise<unknown>;
  onClose: () => void;
  children: ReactNode;
}) {
  const [error, setError] = useState<unknown>();
  const [busy, setBusy] = useState(false);
  const confirm = async () => {
    setBusy(true);
    setError(undefined);
    try {
      await onConfirm();
      onClose();
    } catch (thrown) {
      setError(thrown);
    } finally {
      setBusy(false);
    }
  };
  return (
    <Dialog title={title} open={open} onClose={onClose}>
      <div className="stack-s">{children}</div>
      {error !== undefined && <Failure error={error} />}
      <div className="actions">
        <Button onClick={onClose}>Cancel</Button>
        <Button kind="danger" className="solid" disabled={busy} onClick={() => void confirm()}>
          {action}
        </Button>
      </div>
    </Dialog>
  );
}
