/** Choosing one of several: tabs for parts of a page, segments for a setting. */

export function Tabs<T extends string>({
  label,
  tabs,
  chosen,
  onChoose,
}: {
  label: string;
  tabs: readonly (readonly [T, string])[];
  chosen: T;
  onChoose: (tab: T) => void;
}) {
  const move = (step: number, list: HTMLElement) => {
    const index = (tabs.findIndex(([id]) => id === chosen) + step + tabs.length) % tabs.length;
    const next = tabs[index];
    if (!next) return;
    onChoose(next[0]);
    list.querySelectorAll<HTMLElement>('[role="tab"]')[index]?.focus();
  };
  return (
    <div
      className="tabs"
      role="tablist"
      aria-label={label}
      tabIndex={-1}
      onKeyDown={({ key, currentTarget }) => {
        if (key === "ArrowRight") move(1, currentTarget);
        if (key === "ArrowLeft") move(-1, currentTarget);
      }}
    >
      {tabs.map(([id, name]) => (
        <button
          key={id}
          type="button"
          role="tab"
          aria-selected={id === chosen}
          tabIndex={id === chosen ? 0 : -1}
          onClick={() => onChoose(id)}
        >
          {name}
        </button>
      ))}
    </div>
  );
}

export function Segmented<T extends string>({
  label,
  options,
  chosen,
  onChoose,
}: {
  label: string;
  options: readonly (readonly [T, string])[];
  chosen: T;
  onChoose: (option: T) => void;
}) {
  return (
    <div className="segmented" role="group" aria-label={label}>
      {options.map(([id, name]) => (
        <button key={id} type="button" aria-pressed={id === chosen} onClick={() => onChoose(id)}>
          {name}
        </button>
      ))}
    </div>
  );
}
