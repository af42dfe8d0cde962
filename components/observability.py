"""Observability: alarms that link their runbooks, their topic, and one dashboard."""

from __future__ import annotations

from dataclasses import dataclass

import pulumi
from pulumi_aws import cloudwatch, sns

from components import settings
from components.naming import Naming
from components.parts.observability.alarms import Alarm, Watched, all_alarms
from components.parts.observability.dashboard import widgets
from components.permissions import Statement, document

COMPONENT = "observability"
# Topics, alarms and dashboards may have 255 characters.
NAME_LIMIT = 255


@dataclass(frozen=True, kw_only=True)
class ObservabilityArgs:
    """What is watched, the threshold settings, and the key of the topic."""

    naming: Naming
    settings: settings.Alarms
    key_arn: pulumi.Input[str]
    watched: Watched


def topic_policy(naming: Naming, topic_arn: str) -> str:
    """The topic policy: alarms of this account may publish, and only over TLS."""
    alarms = Statement(
        principal={"Service": "cloudwatch.amazonaws.com"},
        actions=["sns:Publish"],
        resources=[topic_arn],
        conditions={"StringEquals": {"aws:SourceAccount": naming.account_id}},
    )
    plain = Statement(
        effect="Deny",
        principal="*",
        actions=["sns:Publish"],
        resources=[topic_arn],
        conditions={"Bool": {"aws:SecureTransport": "false"}},
    )
    return document([alarms, plain])


class Observability(pulumi.ComponentResource):
    """Owns topic, alarms and dashboard; log groups belong to what writes them."""

    def __init__(
        self, name: str, args: ObservabilityArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("clip-it:observability:Observability", name, None, opts)
        self._name, self._args = name, args
        self._inside = pulumi.ResourceOptions(parent=self)
        topic = self._topic()
        for alarm in all_alarms(args.watched, args.settings.queue_age_seconds):
            self._alarm(alarm, topic)
        self.dashboard = cloudwatch.Dashboard(
            name,
            dashboard_name=args.naming.across_regions("overview", limit=NAME_LIMIT),
            dashboard_body=pulumi.Output.json_dumps({"widgets": widgets(args.naming.region, args.watched)}),
            opts=self._inside,
        )
        self.register_outputs({"dashboard": self.dashboard.dashboard_name})

    def _topic(self) -> sns.Topic:
        physical = self._args.naming.physical("alarms", limit=NAME_LIMIT)
        topic = sns.Topic(
            self._name,
            name=physical,
            kms_master_key_id=self._args.key_arn,
            tags=self._args.naming.tags(COMPONENT),
            opts=self._inside,
        )
        sns.TopicPolicy(
            self._name,
            arn=topic.arn,
            policy=topic_policy(self._args.naming, self._args.naming.arn("sns", physical)),
            opts=self._inside,
        )
        for address in self._args.settings.emails:
            sns.TopicSubscription(
                f"{self._name}-{address}",
                topic=topic.arn,
                protocol="email",
                endpoint=address,
                opts=self._inside,
            )
        return topic

    def _alarm(self, alarm: Alarm, topic: sns.Topic) -> None:
        label = "-".join(part for part in (alarm.subject, alarm.kind) if part)
        cloudwatch.MetricAlarm(
            f"{self._name}-{label}",
            name=self._args.naming.physical(
                *(part for part in (alarm.subject, alarm.kind) if part), limit=NAME_LIMIT
            ),
            alarm_description=f"{alarm.says}. Runbook: {self._args.settings.runbooks_url}/{alarm.kind}.md",
            namespace=alarm.namespace,
            metric_name=alarm.metric,
            dimensions=alarm.dimensions,
            statistic=alarm.statistic,
            comparison_operator=alarm.comparison,
            threshold=alarm.threshold,
            period=alarm.period_seconds,
            evaluation_periods=alarm.periods,
            treat_missing_data=alarm.missing,
            actions_enabled=True,
            alarm_actions=[topic.arn],
            ok_actions=[topic.arn],
            tags=self._args.naming.tags(COMPONENT),
            opts=self._inside,
        )
