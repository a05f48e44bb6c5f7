/** A delegation's template as text for the account owner's tools. */
import type { DelegationTemplate } from "../document.ts";
import { renderCli } from "./cli.ts";
import { renderCloudFormation } from "./cloudformation.ts";
import type { TemplateFormat } from "./formats.ts";
import { renderTerraform } from "./terraform.ts";

/** Whole lines, the last one ended. */
export function renderTemplate(template: DelegationTemplate, format: TemplateFormat): string {
  switch (format) {
    case "json":
      return renderJson(template);
    case "cloudformation":
      return renderCloudFormation(template);
    case "terraform":
      return renderTerraform(template);
    case "cli":
      return renderCli(template);
    default: {
      const _: never = format;
      return _;
    }
  }
}

function renderJson(template: DelegationTemplate): string {
  const { roleName, rolePath, maxSessionDuration, trustPolicy, policyName, permissions } = template;
  const parts = { roleName, rolePath, maxSessionDuration, trustPolicy, policyName, permissions };
  return `${JSON.stringify(parts, null, 2)}\n`;
}
