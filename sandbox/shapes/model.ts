/** AWS's service models as data: operations and shapes. Source: facts/service-models, made from botocore. */
import control from "../../facts/service-models/bedrock.json" with { type: "json" };
import runtime from "../../facts/service-models/bedrock-runtime.json" with { type: "json" };
import sts from "../../facts/service-models/sts.json" with { type: "json" };

export interface Member {
  shape: string;
  /** Where a REST request has it; undefined for the body, and for every member of a query request. */
  location?: "uri" | "querystring" | "header";
  locationName?: string;
}

export interface Shape {
  type: string;
  required?: string[];
  members?: Record<string, Member>;
  member?: string;
  key?: string;
  value?: string;
  enum?: string[];
  min?: number;
  max?: number;
  pattern?: string;
  union?: boolean;
  document?: boolean;
  eventstream?: boolean;
  sensitive?: boolean;
  /** The member that is the whole body. */
  payload?: string;
}

export interface Operation {
  method: string;
  uri: string;
  input: string | null;
}

export interface ServiceModel {
  operations: Record<string, Operation>;
  shapes: Record<string, Shape>;
}

export const RUNTIME: ServiceModel = runtime as unknown as ServiceModel;
export const CONTROL: ServiceModel = control as unknown as ServiceModel;
export const STS: ServiceModel = sts;

export function shapeOf({ shapes }: ServiceModel, name: string): Shape {
  const shape = shapes[name];
  if (shape === undefined) throw new Error(`the service model has no shape ${name}`);
  return shape;
}

/** The structure that an operation takes, and its name. */
export function inputShape(model: ServiceModel, operation: string): { name: string; shape: Shape } {
  const name = model.operations[operation]?.input;
  if (typeof name !== "string") throw new Error(`the service model has no input of ${operation}`);
  return { name, shape: shapeOf(model, name) };
}
