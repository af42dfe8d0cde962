"""Observability: alarms that link their runbooks, their topic, and the dashboards."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
from pulumi_aws import cloudwatch, sns

from components import settings
from components.naming import Naming
from components.naming.alarm_names import (
    NAME_LIMIT,
    alarm_name,
    label,
    rule_arn,
    rule_name,
    topic_arn,
    topic_name,
)
from components.parts.observability.alarms import (
    Alarm,
    all_alarms,
    all_events,
    undelivered,
)
from components.parts.observability.dashboards import all_dashboards
from components.parts.observability.event_alarms import EventAlarm
from components.parts.observability.watched import Watched
from components.permissions import Statement, document

COMPONENT = "observability"


@dataclass(frozen=True, kw_only=True)
class ObservabilityArgs:
    """What is watched, the threshold settings, and the key of the topic."""

    naming: Naming
    settings: settings.Alarms
    key_arn: pulumi.Input[str]
    watched: Watched


def topic_policy(naming: Naming, rule_arns: Sequence[str]) -> str:
    """The topic policy: alarms of this account and these event rules may publish, and only over TLS."""
    alarms = Statement(
        principal={"Service": "cloudwatch.amazonaws.com"},
        actions=["sns:Publish"],
        resources=[topic_arn(naming)],
        conditions={"StringEquals": {"aws:SourceAccount": naming.account_id}},
    )
    # The EventBridge user guide has said that it knows no conditions here; if that is so, EventsUndelivered
    # rings, by the statement above.
    events = Statement(
        principal={"Service": "events.amazonaws.com"},
        actions=["sns:Publish"],
        resources=[topic_arn(naming)],
        conditions={"ArnEquals": {"aws:SourceArn": list(rule_arns)}},
    )
    plain = Statement(
        effect="Deny",
        principal="*",
        actions=["sns:Publish"],
        resources=[topic_arn(naming)],
        conditions={"Bool": {"aws:SecureTransport": "false"}},
    )
    return document([alarms, events, plain])


class Observability(pulumi.ComponentResource):
    """Owns topic, alarms and dashboards; log groups belong to what writes them."""

    def __init__(
        self, name: str, args: ObservabilityArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("clip-it:observability:Observability", name, None, opts)
        self._name, self._args = name, args
        self._inside = pulumi.ResourceOptions(parent=self)
        events = all_events(args.watched)
        topic = self._topic([rule_arn(args.naming, event.kind, event.subject) for event in events])
        for event in events:
            self._event(event, topic)
            self._alarm(undelivered(args.naming, event), topic)
        for alarm in all_alarms(args.watched, args.settings.queue_age_seconds):
            self._alarm(alarm, topic)
        self.dashboards = {
            kind: cloudwatch.Dashboard(
                f"{name}-{kind}",
                dashboard_name=args.naming.across_regions(kind, limit=NAME_LIMIT),
                dashboard_body=pulumi.Output.json_dumps({"widgets": widgets}),
                # The overview had the component's own name before there were others.
                opts=pulumi.ResourceOptions(
                    parent=self, aliases=[pulumi.Alias(name=name)] if kind == "overview" else []
                ),
            )
            for kind, widgets in all_dashboards(args.naming.region, args.watched).items()
        }
        self.register_outputs({"dashboards": [one.dashboard_name for one in self.dashboards.values()]})

    def _topic(self, rule_arns: Sequence[str]) -> sns.Topic:
        topic = sns.Topic(
            self._name,
            name=topic_name(self._args.naming),
            kms_master_key_id=self._args.key_arn,
            tags=self._args.naming.tags(COMPONENT),
            opts=self._inside,
        )
        sns.TopicPolicy(
            self._name,
            arn=topic.arn,
            policy=topic_policy(self._args.naming, rule_arns),
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

    def _described(self, says: str, kind: str) -> str:
        return f"{says}. Runbook: {self._args.settings.runbooks_url}/{kind}.md"

    def _event(self, event: EventAlarm, topic: sns.Topic) -> None:
        """A rule, and its notification under the names that an alarm's notification has."""
        logical = f"{self._name}-{label(event.kind, event.subject)}"
        name = rule_name(self._args.naming, event.kind, event.subject)
        described = self._described(event.says, event.kind)
        rule = cloudwatch.EventRule(
            logical,
            name=name,
            description=described,
            event_pattern=pulumi.Output.json_dumps(event.pattern()),
            state="ENABLED",
            tags=self._args.naming.tags(COMPONENT),
            opts=self._inside,
        )
        fields = {"AlarmName": name, "AlarmDescription": described, "NewStateValue": "ALARM"}
        # A variable stands without quotes: EventBridge adds them and escapes what is in it.
        variables = '"NewStateReason": <reason>, "StateChangeTime": <time>'
        cloudwatch.EventTarget(
            logical,
            rule=rule.name,
            target_id="alarms",
            arn=topic.arn,
            input_transformer=cloudwatch.EventTargetInputTransformerArgs(
                input_paths={"reason": event.reason, "time": "$.time"},
                input_template=f"{json.dumps(fields)[:-1]}, {variables}}}",
            ),
            opts=self._inside,
        )

    def _alarm(self, alarm: Alarm, topic: sns.Topic) -> None:
        cloudwatch.MetricAlarm(
            f"{self._name}-{label(alarm.kind, alarm.subject)}",
            name=alarm_name(self._args.naming, alarm.kind, alarm.subject),
            alarm_description=self._described(alarm.says, alarm.kind),
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
