/** The choice of models, by vendor, and custom patterns. */
import { useState } from "react";
import type { ModelView } from "../../../src/admin/views/settings.ts";
import { Button } from "../components/basics.tsx";
import { Check, TextField } from "../components/form.tsx";
import { utcDay } from "../format.ts";

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
  const found = models.filter(({ name, vendor, id }) =>
    `${name} ${vendor} ${id}`.toLowerCase().includes(search.toLowerCase()),
  );
  const vendors = [...new Set(found.map(({ vendor }) => vendor))];
  const listed = new Set(models.map(({ pattern }) => pattern));
  const toggle = (pattern: string) =>
    onChoose(chosen.includes(pattern) ? chosen.filter((each) => each !== pattern) : [...chosen, pattern]);
  return (
    <div className="stack">
      <TextField label="Search models" type="search" value={search} onChange={setSearch} />
      <div className="models">
        {vendors.map((vendor) => (
          <fieldset key={vendor} className="stack-s">
            <legend>
              <strong>{vendor}</strong>
            </legend>
            {found
              .filter((model) => model.vendor === vendor)
              .map(({ id, name, pattern, endsAt }) => (
                <Check key={id} checked={chosen.includes(pattern)} onChange={() => toggle(pattern)}>
                  {name} <code className="muted small">{pattern}</code>
                  {endsAt !== undefined && <span className="muted small"> ends on {utcDay(endsAt)}</span>}
                </Check>
              ))}
          </fieldset>
        ))}
      </div>
      <OwnPatterns
        patterns={chosen.filter((pattern) => !listed.has(pattern))}
        chosen={chosen}
        onToggle={toggle}
      />
      <p className="muted small">
        {chosen.length === 0 ? "Choose at least one." : `${chosen.length} chosen.`}
      </p>
    </div>
  );
}

/** What isn't in the list: added by id or pattern, removed by a button. */
function OwnPatterns({
  patterns,
  chosen,
  onToggle,
}: {
  patterns: readonly string[];
  chosen: readonly string[];
  onToggle: (pattern: string) => void;
}) {
  const [text, setText] = useState("");
  const pattern = text.trim();
  return (
    <>
      <div className="row">
        <TextField
          label="Another model or pattern"
          help="A model id, profile id or ARN; * matches any text"
          value={text}
          onChange={setText}
        />
        <Button
          disabled={pattern === "" || chosen.includes(pattern)}
          onClick={() => {
            onToggle(pattern);
            setText("");
          }}
        >
          Add
        </Button>
      </div>
      <ul className="row" aria-label="Custom patterns">
        {patterns.map((each) => (
          <li key={each} className="row">
            <code>{each}</code>
            <Button small aria-label={`Remove ${each}`} onClick={() => onToggle(each)}>
              Remove
            </Button>
          </li>
        ))}
      </ul>
    </>
  );
}
