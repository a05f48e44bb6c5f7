/** Models to choose from, by vendor, and patterns of one's own. */
import { useState } from "react";
import type { ModelView } from "../../../src/admin/views/settings.ts";
import { Button, Field } from "../components/basics.tsx";

export function Models({
  models,
  chosen,
  onChoose,
}: {
  models: readonly ModelView[];
  chosen: readonly string[];
  onChoose: (patterns: string[]) => void;
}) {
  const [search, setSearch] = useState("");
  const [own, setOwn] = useState("");
  const found = models.filter(({ name, vendor, id }) =>
    `${name} ${vendor} ${id}`.toLowerCase().includes(search.toLowerCase()),
  );
  const vendors = [...new Set(found.map(({ vendor }) => vendor))];
  const toggle = (pattern: string) =>
    onChoose(chosen.includes(pattern) ? chosen.filter((each) => each !== pattern) : [...chosen, pattern]);
  const listed = new Set(models.map(({ pattern }) => pattern));
  return (
    <div className="stack">
      <Field label="Search models">
        {(props) => (
          <input {...props} type="search" value={search} onChange={({ target }) => setSearch(target.value)} />
        )}
      </Field>
      <div className="models">
        {vendors.map((vendor) => (
          <fieldset key={vendor} className="stack-s">
            <legend>
              <strong>{vendor}</strong>
            </legend>
            {found
              .filter((model) => model.vendor === vendor)
              .map(({ id, name, pattern }) => (
                <label key={id} className="check">
                  <input
                    type="checkbox"
                    checked={chosen.includes(pattern)}
                    onChange={() => toggle(pattern)}
                  />
                  <span>
                    {name} <code className="muted small">{pattern}</code>
                  </span>
                </label>
              ))}
          </fieldset>
        ))}
      </div>
      <div className="row">
        <Field label="Another model or pattern" help="A model id, profile id or ARN; * stands for any text">
          {(props) => <input {...props} value={own} onChange={({ target }) => setOwn(target.value)} />}
        </Field>
        <Button
          disabled={own.trim() === "" || chosen.includes(own.trim())}
          onClick={() => {
            onChoose([...chosen, own.trim()]);
            setOwn("");
          }}
        >
          Add
        </Button>
      </div>
      <ul className="row" aria-label="Patterns of your own">
        {chosen
          .filter((pattern) => !listed.has(pattern))
          .map((pattern) => (
            <li key={pattern} className="row">
              <code>{pattern}</code>
              <Button small aria-label={`Remove ${pattern}`} onClick={() => toggle(pattern)}>
                Remove
              </Button>
            </li>
          ))}
      </ul>
      <p className="muted small">
        {chosen.length === 0 ? "Choose at least one." : `${chosen.length} chosen.`}
      </p>
    </div>
  );
}
