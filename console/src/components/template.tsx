/** The template of the role, for the account owner's tool of choice. */
import { Download, ExternalLink } from "lucide-react";
import { useState } from "react";
import { download } from "../csv.ts";
import { Button, Failure, Loading } from "./basics.tsx";
import { Code } from "./code.tsx";
import { Tabs } from "./tabs.tsx";
import { useGet } from "./hooks.ts";

const FORMATS = [
  ["cloudformation", "CloudFormation", "yaml"],
  ["terraform", "Terraform", "tf"],
  ["cli", "AWS CLI", "sh"],
  ["json", "JSON", "json"],
] as const;
type Format = (typeof FORMATS)[number][0];

const HOW: Record<Format, (name: string) => string> = {
  cloudformation: (name) =>
    `aws cloudformation deploy --stack-name signet-${name} --template-file ${name}.yaml --capabilities CAPABILITY_NAMED_IAM`,
  terraform: () => "terraform init && terraform apply",
  cli: (name) => `sh ${name}.sh`,
  json: () => "The policies and settings as data, for any other tool.",
};

export function Template({ name }: { name: string }) {
  const [format, setFormat] = useState<Format>("cloudformation");
  const template = useGet("GET /delegations/{name}/template", { params: { name } });
  if (template.isError) return <Failure error={template.error} retry={() => void template.refetch()} />;
  if (!template.data) return <Loading />;
  const { formats, quickCreateUrl, account, roleName } = template.data;
  const extension = FORMATS.find(([id]) => id === format)?.[2] ?? "txt";
  return (
    <div className="stack">
      <p>
        The owner of account <code>{account}</code> creates the role <code>{roleName}</code> from one of these
        templates. It trusts only Signet, requires the External ID, and allows exactly what was picked.
      </p>
      {quickCreateUrl !== null && (
        <p>
          <a className="button" href={quickCreateUrl} target="_blank" rel="noreferrer">
            <ExternalLink size={15} aria-hidden /> Quick create in CloudFormation
          </a>
        </p>
      )}
      <div>
        <Tabs
          label="Tool"
          tabs={FORMATS.map(([id, label]) => [id, label] as const)}
          chosen={format}
          onChoose={setFormat}
        />
        <p className="muted small mono break">{HOW[format](name)}</p>
      </div>
      <Code
        label={`Template, ${format}`}
        text={formats[format]}
        tools={
          <Button small onClick={() => download(`${name}.${extension}`, "text/plain", formats[format])}>
            <Download size={14} aria-hidden /> Download
          </Button>
        }
      />
    </div>
  );
}
