/** A call in the admin API: the schema of the record's fields. */
import { z } from "zod";
import { usd } from "./common.ts";
import {
  CALL_FIELD_NAMES,
  CALL_FIELDS,
  joinedType,
  type FieldType,
  type JoinedCall,
} from "../../audit/call-record.ts";

type CallShape = { [K in keyof JoinedCall]: z.ZodType<JoinedCall[K]> };

export const callView = z.object(
  Object.fromEntries(
    CALL_FIELD_NAMES.map((name) => [name, schemaOf(joinedType(CALL_FIELDS[name]))]),
  ) as unknown as CallShape,
);
export type CallView = z.infer<typeof callView>;

function schemaOf(type: FieldType): z.ZodType {
  const schema = nonNullable(type);
  return type.nullable ? schema.nullable() : schema;
}

function nonNullable({ kind, values, fields = {} }: FieldType): z.ZodType {
  switch (kind) {
    case "text":
      return values ? z.enum(values) : z.string();
    case "integer":
    case "number":
      return z.number();
    case "dollars":
      return usd;
    case "list":
      return z.array(z.number());
    case "object":
      return z.object(
        Object.fromEntries(Object.entries(fields).map(([name, type]) => [name, schemaOf(type)])),
      );
    default: {
      const unexpected: never = kind;
      return unexpected;
    }
  }
}
