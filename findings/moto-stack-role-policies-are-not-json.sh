#!/usr/bin/env bash
# what: an inline policy of a role that moto creates from a CloudFormation template (AWS::IAM::Role, Policies) is kept as
#       Python prints a dict, with single quotes. GetRolePolicy then gives text that isn't JSON; boto3 leaves it a string,
#       where for a policy put by PutRolePolicy it gives the parsed document, as for AWS's own answers.
# with what: moto 5.2.1, boto3 1.43.11 (Python 3.11)
# seen: "by PutRolePolicy: dict", "by a stack: str {'Version': '2012-10-17', …"
# in Signet: test/support/mock-aws.py reads such text as Python's.
set -euo pipefail
folder="$(mktemp -d)"
trap 'rm -rf "$folder"' EXIT
{ python3 -m venv "$folder" && "$folder/bin/pip" install -q --disable-pip-version-check 'moto[cloudformation,iam]==5.2.1' 'boto3==1.43.11'; } || exit 2

AWS_ACCESS_KEY_ID=x AWS_SECRET_ACCESS_KEY=x AWS_DEFAULT_REGION=us-east-1 "$folder/bin/python" - << 'PYTHON'
import json
import sys

import boto3
import moto

DOCUMENT = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Action": "s3:ListAllMyBuckets", "Resource": "*"}],
}
TRUST = {
    "Version": "2012-10-17",
    "Statement": [
        {"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}
    ],
}
TEMPLATE = {
    "Resources": {
        "Role": {
            "Type": "AWS::IAM::Role",
            "Properties": {
                "RoleName": "stacked",
                "AssumeRolePolicyDocument": TRUST,
                "Policies": [{"PolicyName": "p", "PolicyDocument": DOCUMENT}],
            },
        }
    }
}

with moto.mock_aws():
    iam = boto3.client("iam")
    iam.create_role(RoleName="put", AssumeRolePolicyDocument=json.dumps(TRUST))
    iam.put_role_policy(RoleName="put", PolicyName="p", PolicyDocument=json.dumps(DOCUMENT))
    boto3.client("cloudformation").create_stack(
        StackName="s", TemplateBody=json.dumps(TEMPLATE), Capabilities=["CAPABILITY_NAMED_IAM"]
    )
    put, stacked = (
        iam.get_role_policy(RoleName=name, PolicyName="p")["PolicyDocument"] for name in ("put", "stacked")
    )
print("moto", moto.__version__, "boto3", boto3.__version__)
print("by PutRolePolicy:", type(put).__name__)
print("by a stack:", type(stacked).__name__, str(stacked)[:40], "…")
sys.exit(0 if put == DOCUMENT and isinstance(stacked, str) and stacked.startswith("{'") else 1)
PYTHON
