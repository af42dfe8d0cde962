"""All rules, in the order of the catalogue page."""

from __future__ import annotations

import importlib

from guardrails.rule import Rule

RULE_IDS = (
    "required-tags",
    "lt-instance-tags",
    "lt-volume-tags",
    "asg-tags-propagate",
    "instance-effective-tags",
    "ssm-association-target-matches",
    "asg-ecs-managed-tag",
    "provider-default-tags",
    "asg-elb-health-check",
    "asg-health-check-explicit",
    "asg-health-grace",
    "tg-health-check",
    "tg-health-check-protocol",
    "ecs-container-health-check",
    "ecs-service-grace",
    "ecs-circuit-breaker",
    "ecs-min-healthy",
    "route53-evaluate-target",
    "alarm-per-target-group",
    "alarm-dead-letter",
    "asg-desired-not-owned",
    "asg-lt-version-pinned",
    "ignore-changes-allowlist",
    "stateful-protected",
    "sg-no-mixed-rules",
    "iam-no-mixed-policies",
    "asg-tag-not-standalone",
    "provider-account-guard",
    "no-removed-health-checks",
    "lt-imdsv2",
    "lt-imds-hop-limit",
    "lt-no-public-ip",
    "lt-ebs-encrypted",
    "lt-instance-profile",
    "lt-user-data-no-secrets",
    "lt-detailed-monitoring",
    "lt-scratch-volume-deleted",
    "asg-launch-template",
    "asg-multi-az",
    "asg-mixed-instances",
    "asg-size-cap",
    "asg-instance-refresh",
    "asg-termination-hook",
    "instance-type-allowed",
    "sg-no-world-admin",
    "sg-world-only-alb",
    "sg-descriptions",
    "sg-egress",
    "subnet-no-auto-public",
    "vpc-flow-logs",
    "alb-https",
    "alb-tls-policy",
    "alb-drop-invalid-headers",
    "alb-access-logs",
    "alb-deletion-protection",
    "alb-desync-and-az",
    "alb-waf",
    "ecs-no-privileged",
    "ecs-readonly-nonroot",
    "ecs-logging",
    "ecs-no-env-secrets",
    "ecs-roles-separate",
    "ecs-image-pinned",
    "ecs-service-private-tagged",
    "ecs-insights-exec-logs",
    "lambda-runtime",
    "lambda-bounds",
    "lambda-failure-destination",
    "lambda-permission-source",
    "lambda-tracing-logs",
    "sqs-sse",
    "sqs-dlq",
    "sqs-visibility",
    "sqs-policy",
)


def _rule(rule_id: str) -> Rule:
    module = importlib.import_module(f"guardrails.rules.{rule_id.replace('-', '_')}")
    rule: Rule = module.RULE
    return rule


RULES: tuple[Rule, ...] = tuple(_rule(rule_id) for rule_id in RULE_IDS)
