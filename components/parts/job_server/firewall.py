"""Builds the web ACL of the public entrance from rule groups that AWS keeps up to date."""

from __future__ import annotations

import pulumi
from pulumi_aws import lb, wafv2

from components.naming import Naming

COMPONENT = "job-server"
NAME_LIMIT = 128
# Requests of one address in five minutes; presigned transfers do not come this way.
RATE_LIMIT = 2000
RULE_GROUPS = ("AWSManagedRulesAmazonIpReputationList", "AWSManagedRulesKnownBadInputsRuleSet")


def build_firewall(name: str, naming: Naming, balancer: lb.LoadBalancer, parent: pulumi.Resource) -> None:
    """Build the ACL and put it in front of the balancer."""
    inside = pulumi.ResourceOptions(parent=parent)
    acl = wafv2.WebAcl(
        name,
        name=naming.physical("api", limit=NAME_LIMIT),
        description="Public entrance of the API",
        scope="REGIONAL",
        default_action=wafv2.WebAclDefaultActionArgs(allow=wafv2.WebAclDefaultActionAllowArgs()),
        rules=[_rate(), *(_managed(group, position + 1) for position, group in enumerate(RULE_GROUPS))],
        visibility_config=wafv2.WebAclVisibilityConfigArgs(
            cloudwatch_metrics_enabled=True, metric_name="api", sampled_requests_enabled=True
        ),
        tags=naming.tags(COMPONENT),
        opts=inside,
    )
    # A balancer has one ACL: a new association made first would go with the old one.
    once = pulumi.ResourceOptions(parent=parent, delete_before_replace=True)
    wafv2.WebAclAssociation(name, resource_arn=balancer.arn, web_acl_arn=acl.arn, opts=once)


def _rate() -> wafv2.WebAclRuleArgs:
    return wafv2.WebAclRuleArgs(
        name="rate",
        priority=0,
        action=wafv2.WebAclRuleActionArgs(block=wafv2.WebAclRuleActionBlockArgs()),
        statement=wafv2.WebAclRuleStatementArgs(
            rate_based_statement=wafv2.WebAclRuleStatementRateBasedStatementArgs(
                limit=RATE_LIMIT, aggregate_key_type="IP"
            )
        ),
        visibility_config=_seen("rate"),
    )


def _managed(group: str, priority: int) -> wafv2.WebAclRuleArgs:
    return wafv2.WebAclRuleArgs(
        name=group,
        priority=priority,
        # The SDK gives this empty class no types.
        override_action=wafv2.WebAclRuleOverrideActionArgs(
            none=wafv2.WebAclRuleOverrideActionNoneArgs()  # type: ignore[no-untyped-call]
        ),
        statement=wafv2.WebAclRuleStatementArgs(
            managed_rule_group_statement=wafv2.WebAclRuleStatementManagedRuleGroupStatementArgs(
                name=group, vendor_name="AWS"
            )
        ),
        visibility_config=_seen(group),
    )


def _seen(metric: str) -> wafv2.WebAclRuleVisibilityConfigArgs:
    return wafv2.WebAclRuleVisibilityConfigArgs(
        cloudwatch_metrics_enabled=True, metric_name=metric, sampled_requests_enabled=True
    )
