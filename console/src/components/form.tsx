/** Forms and their fields: each control is tied to its label and its error, for screen readers. */
import { useId, type InputHTMLAttributes, type ReactElement, type ReactNode } from "react";

export function Form({
  className = "stack",
  onSubmit,
  children,
}: {
  className?: string;
  onSubmit: () => Promise<void>;
  children: ReactNode;
}) {
  return (
    <form
      className={className}
      onSubmit={(event) => {
        event.preventDefault();
        void onSubmit();
      }}
    >
      {children}
    </form>
  );
}

interface Labels {
  label: string;
  help?: ReactNode;
  error?: string | undefined;
}

/** A label, its control and its error. */
function Field({
  label,
  help,
  error,
  children,
}: Labels & {
  children: (props: {
    id: string;
    "aria-describedby": string;
    "aria-invalid": boolean;
    className: string;
  }) => ReactElement;
}) {
  const id = useId();
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      {children({
        id,
        "aria-describedby": `${id}-about`,
        "aria-invalid": error !== undefined,
        className: "input",
      })}
      <div id={`${id}-about`}>
        {error !== undefined && <p className="error">{`${label} ${error}`}</p>}
        {help !== undefined && <p className="help">{help}</p>}
      </div>
    </div>
  );
}

export function TextField({
  label,
  help,
  error,
  onChange,
  ...input
}: Labels & { value: string; onChange: (value: string) => void } & Omit<
    InputHTMLAttributes<HTMLInputElement>,
    "value" | "onChange"
  >) {
  return (
    <Field label={label} help={help} error={error}>
      {(props) => <input {...props} {...input} onChange={({ target }) => onChange(target.value)} />}
    </Field>
  );
}

/** `options`: values, or pairs of a value and how it reads. */
export function SelectField<Value extends string>({
  label,
  help,
  error,
  value,
  options,
  onChange,
}: Labels & {
  value: Value;
  options: readonly (Value | readonly [Value, string])[];
  onChange: (value: Value) => void;
}) {
  const pairs = options.map((option) => (typeof option === "string" ? ([option, option] as const) : option));
  return (
    <Field label={label} help={help} error={error}>
      {(props) => (
        <select
          {...props}
          value={value}
          onChange={({ target }) => onChange(pairs.find(([each]) => each === target.value)?.[0] ?? value)}
        >
          {pairs.map(([each, text]) => (
            <option key={each} value={each}>
              {text}
            </option>
          ))}
        </select>
      )}
    </Field>
  );
}

export function Check({
  checked,
  disabled = false,
  onChange,
  children,
}: {
  checked: boolean;
  disabled?: boolean;
  onChange: (on: boolean) => void;
  children: ReactNode;
}) {
  return (
    <label className="check">
      <input
        type="checkbox"
        checked={checked}
        disabled={disabled}
        onChange={({ target }) => onChange(target.checked)}
      />
      <span>{children}</span>
    </label>
  );
}
