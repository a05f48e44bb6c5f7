/** The languages that a template can be written in. */
export const TEMPLATE_FORMATS = ["json", "cloudformation", "terraform", "cli"] as const;
export type TemplateFormat = (typeof TEMPLATE_FORMATS)[number];
