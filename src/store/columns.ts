/**
 * Objects as rows and back, by a table of fields: `roleArn` is kept in `role_arn`. What is undefined in the object is
 * NULL in the row, and absent when it is read.
 */

/** How a field is kept. `nullable-json`: NULL is null, not absent. */
export type Kind = "plain" | "flag" | "json" | "nullable-json";

type Snake<S extends string> = S extends `${infer Head}${infer Tail}`
  ? `${Head extends Lowercase<Head> ? Head : `_${Lowercase<Head>}`}${Snake<Tail>}`
  : "";
type Cell<T, K> = K extends "plain" ? NonNullable<T> : K extends "flag" ? 0 | 1 : string;
type OrNull<T> = null extends T ? null : undefined extends T ? null : never;

export type RowOf<T, F> = {
  [K in keyof F & keyof T & string as Snake<K>]: Cell<T[K], F[K]> | OrNull<T[K]>;
};

export interface Columns<T, F> {
  rowOf: (object: T) => RowOf<T, F>;
  objectOf: (row: RowOf<T, F>) => Pick<T, keyof F & keyof T>;
}

/** `columns<Delegation>()(fields)`: TypeScript infers all type parameters or none. */
export function columns<T extends object>() {
  return <const F extends Partial<Record<keyof T & string, Kind>>>(fields: F): Columns<T, F> => {
    const each = Object.entries<Kind>(fields as Record<string, Kind>).map(([field, kind]) => ({
      field,
      kind,
      column: field.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`),
    }));
    return {
      rowOf(object) {
        const values = object as Record<string, unknown>;
        const row: Record<string, unknown> = {};
        for (const { field, kind, column } of each) row[column] = cellOf(values[field], kind);
        return row as RowOf<T, F>;
      },
      objectOf(row) {
        const cells = row as Record<string, unknown>;
        const object: Record<string, unknown> = {};
        for (const { field, kind, column } of each) {
          const value = valueOf(cells[column], kind);
          if (value !== undefined) object[field] = value;
        }
        return object as Pick<T, keyof F & keyof T>;
      },
    };
  };
}

function cellOf(value: unknown, kind: Kind): unknown {
  if (value === undefined || value === null) return null;
  if (kind === "plain") return value;
  if (kind === "flag") return value === true ? 1 : 0;
  return JSON.stringify(value);
}

function valueOf(cell: unknown, kind: Kind): unknown {
  if (cell === null) return kind === "nullable-json" ? null : undefined;
  if (kind === "plain") return cell;
  if (kind === "flag") return cell === 1;
  return JSON.parse(cell as string) as unknown;
}
