"""Turns infra/template.yaml into what MiniStack can deploy.

AWS expands a SAM template on its side; `samtranslator` is the code that it uses for that. Four things are changed
afterwards, because MiniStack 1.5.33 does otherwise than AWS:

* the HTTP API's routes are in an OpenAPI `Body`, which its CloudFormation ignores: they become resources of their own;
* CodeDeploy, which shifts traffic to a new version step by step: the alias points at the new version at once;
* `Ref` of a secret is its ARN in AWS and its name there: policies spell the ARN out;
* it is spoken to without TLS, which the policy of the queues forbids: the policy is left out.
"""

import copy
import logging
import os
import pathlib

from samtranslator.translator.transform import transform
from samtranslator.yaml_helper import yaml_parse

ROOT = pathlib.Path(__file__).resolve().parents[2]


class NoManagedPolicies:
    """The template names no AWS managed policy by its short name."""

    def load(self):
        return {}


def load():
    return yaml_parse((ROOT / "infra/template.yaml").read_text())


def function_names(template):
    """Logical id and folder of each function."""
    return {
        name: pathlib.PurePath(resource["Properties"]["CodeUri"]).name
        for name, resource in template["Resources"].items()
        if resource["Type"] == "AWS::Serverless::Function"
    }


def deployable(template, code, parameters):
    """The template as plain CloudFormation; `code` says where each function's zip file lies."""
    template = copy.deepcopy(template)
    for name, uri in code.items():
        template["Resources"][name]["Properties"]["CodeUri"] = uri
    os.environ.setdefault("AWS_DEFAULT_REGION", "us-east-1")
    logging.getLogger("samtranslator").setLevel(logging.ERROR)
    defaults = {name: p.get("Default", "") for name, p in template["Parameters"].items()}
    plain = transform(template, {**defaults, **parameters}, NoManagedPolicies())
    plain.pop("Transform", None)
    without_code_deploy(plain["Resources"])
    without_tls(plain["Resources"])
    with_secret_arns(plain["Resources"])
    with_routes(plain["Resources"])
    return plain


def without_code_deploy(resources):
    gone = [name for name, resource in resources.items() if resource["Type"].startswith("AWS::CodeDeploy::")]
    for name in gone + ["CodeDeployServiceRole"]:
        resources.pop(name, None)
    for resource in resources.values():
        resource.pop("UpdatePolicy", None)


def without_tls(resources):
    for name in [name for name, resource in resources.items() if resource["Type"] == "AWS::SQS::QueuePolicy"]:
        del resources[name]


def with_secret_arns(resources):
    secrets = {name for name, resource in resources.items() if resource["Type"] == "AWS::SecretsManager::Secret"}
    arn = "arn:${AWS::Partition}:secretsmanager:${AWS::Region}:${AWS::AccountId}:secret:${Name}-*"

    def spelled_out(value):
        if isinstance(value, list):
            return [spelled_out(item) for item in value]
        if isinstance(value, dict):
            if value.get("Ref") in secrets:
                return {"Fn::Sub": [arn, {"Name": value}]}
            return {key: spelled_out(item) for key, item in value.items()}
        return value

    for resource in resources.values():
        if resource["Type"] == "AWS::IAM::Role":
            resource["Properties"] = spelled_out(resource["Properties"])


def with_routes(resources):
    for name, api in list(resources.items()):
        if api["Type"] != "AWS::ApiGatewayV2::Api" or "Body" not in api["Properties"]:
            continue
        properties = api["Properties"]
        paths = properties.pop("Body")["paths"]
        properties.pop("FailOnWarnings", None)
        properties.update(Name=name, ProtocolType="HTTP")
        operations = [(path, method, op) for path, methods in paths.items() for method, op in methods.items()]
        for number, (path, method, operation) in enumerate(operations):
            target = operation["x-amazon-apigateway-integration"]
            integration = f"{name}Integration{number}"
            resources[integration] = {
                "Type": "AWS::ApiGatewayV2::Integration",
                "Properties": {
                    "ApiId": {"Ref": name},
                    "IntegrationType": "AWS_PROXY",
                    "IntegrationUri": target["uri"],
                    "IntegrationMethod": "POST",
                    "PayloadFormatVersion": target.get("payloadFormatVersion", "2.0"),
                },
            }
            resources[f"{name}Route{number}"] = {
                "Type": "AWS::ApiGatewayV2::Route",
                "Properties": {
                    "ApiId": {"Ref": name},
                    "RouteKey": f"{method.upper()} {path}",
                    "Target": {"Fn::Sub": f"integrations/${{{integration}}}"},
                },
            }
