"""Which page of the catalogue a rule stands on: that of the service by which its id begins."""

from __future__ import annotations

from collections.abc import Mapping

TITLES: Mapping[str, str] = {
    "auto-scaling": "Auto Scaling",
    "ec2": "EC2 launch templates",
    "vpc": "VPC and security groups",
    "elb": "load balancers and target groups",
    "ecs": "ECS and ECR",
    "lambda": "Lambda",
    "messages": "SQS and SNS",
    "storage": "S3 and DynamoDB",
    "access": "IAM and KMS",
    "systems-manager": "Systems Manager",
    "cloudwatch": "CloudWatch",
    "route53": "Route 53",
    "all-services": "every service",
}
"""Of the pages, by their names and in their order."""

_PREFIXES: Mapping[str, str] = {
    "asg": "auto-scaling",
    "instance": "auto-scaling",
    "scaler": "auto-scaling",
    "lt": "ec2",
    "sg": "vpc",
    "subnet": "vpc",
    "vpc": "vpc",
    "alb": "elb",
    "tg": "elb",
    "ecs": "ecs",
    "ecr": "ecs",
    "lambda": "lambda",
    "sqs": "messages",
    "sns": "messages",
    "s3": "storage",
    "dynamodb": "storage",
    "iam": "access",
    "kms": "access",
    "ssm": "systems-manager",
    "alarm": "cloudwatch",
    "log": "cloudwatch",
    "route53": "route53",
}


def page_of(rule_id: str) -> str:
    """The name of the page; a rule whose id begins with no service is about all of them."""
    return _PREFIXES.get(rule_id.split("-", maxsplit=1)[0], "all-services")
