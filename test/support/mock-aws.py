"""A mock of AWS (moto), with the AWS CLI and boto3 beside it in one process: the CLI needs a second to start.

Prints the mock's port. Then each line of input is a request in JSON, answered by a line of JSON:
{"cli": ["iam", "create-role", …]} gives {"status", "out", "err"}, {"roles": true} all roles, {"reset": true} none.
"""

import ast
import contextlib
import io
import json
import logging
import os
import sys
import urllib.request

import boto3
from awscli.clidriver import create_clidriver
from moto.server import ThreadedMotoServer


def cli(driver, words):
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            status = driver.main(words)
        except SystemExit as ended:
            status = ended.code
    return {"status": status, "out": out.getvalue(), "err": err.getvalue()}


def roles(iam):
    pages = iam.get_paginator("list_roles").paginate()
    return [role(iam, found["RoleName"]) for page in pages for found in page["Roles"]]


def document(stored):
    """moto keeps a stack's inline policies as Python prints them, not as JSON."""
    return ast.literal_eval(stored) if isinstance(stored, str) else stored


def role(iam, name):
    found = iam.get_role(RoleName=name)["Role"]
    policies = iam.list_role_policies(RoleName=name)["PolicyNames"]
    return {
        "roleName": name,
        "rolePath": found["Path"],
        "description": found.get("Description"),
        "maxSessionDuration": found["MaxSessionDuration"],
        "trustPolicy": found["AssumeRolePolicyDocument"],
        "policies": {
            policy: document(iam.get_role_policy(RoleName=name, PolicyName=policy)["PolicyDocument"])
            for policy in policies
        },
    }


def main():
    replies = sys.stdout
    # Its line for each request would be read as the CLI's.
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    _, port = server.get_host_and_port()
    url = f"http://127.0.0.1:{port}"
    os.environ.update(AWS_ENDPOINT_URL=url, AWS_PAGER="")
    iam = boto3.client("iam")
    driver = create_clidriver()
    print(port, file=replies, flush=True)
    for line in sys.stdin:
        request = json.loads(line)
        if "cli" in request:
            reply = cli(driver, request["cli"])
        elif "roles" in request:
            reply = roles(iam)
        else:
            urllib.request.urlopen(urllib.request.Request(f"{url}/moto-api/reset", method="POST"))
            reply = {}
        print(json.dumps(reply), file=replies, flush=True)
    server.stop()


main()
