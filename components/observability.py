"""Observability: alarms that link their runbooks, their topics, and the dashboards."""

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
from components.naming.dashboard_names import dashboard_name
from components.parts.observability.alarm import Alarm, BurnAlarm, Composite, Source, Topic
from components.parts.observability.alarms import (
    all_alarms,
    all_events,
    undelivered,
)
from components.parts.observability.dashboards import all_dashboards
from components.parts.observability.event_alarms import EventAlarm
from components.parts.observability.objectives import all_objectives, burn_alarms, composites
from components.parts.observability.watched import Watched
from components.permissions import Statement, document

COMPONENT = "observability"
# A composite alarm waits this long for what explains it to ring, and stays silent this long after that. What
# explains it rings after three minutes at the earliest, and the one in which an outage begins may not count.
SUPPRESSOR_WAIT_SECONDS, SUPPRESSOR_EXTENSION_SECONDS = 240, 180


@dataclass(frozen=True, kw_only=True)
class ObservabilityArgs:
    """What is watched, the threshold settings, and the key of the topic."""

    naming: Naming
    settings: settings.Alarms
    key_arn: pulumi.Input[str]
    watched: Watched


def topic_policy(naming: Naming, topic: Topic, rule_arns: Sequence[str]) -> str:
    """A topic's policy: alarms of this account and these event rules may publish, and only over TLS."""
    arn = topic_arn(naming, topic)
    alarms = Statement(
        principal={"Service": "cloudwatch.amazonaws.com"},
        actions=["sns:Publish"],
        resources=[arn],
        conditions={"StringEquals": {"aws:SourceAccount": naming.account_id}},
    )
    # The EventBridge user guide has said that it knows no conditions here; if that is so, EventsUndelivered
    # rings, by the statement above.
    events = Statement(
        principal={"Service": "events.amazonaws.com"},
        actions=["sns:Publish"],
        resources=[arn],
        conditions={"ArnEquals": {"aws:SourceArn": list(rule_arns)}},
    )
    plain = Statement(
        effect="Deny",
        principal="*",
        actions=["sns:Publish"],
        resources=[arn],
        conditions={"Bool": {"aws:SecureTransport": "false"}},
    )
    return document([alarms, *([events] if rule_arns else []), plain])


class Observability(pulumi.ComponentResource):
    """Owns topics, alarms and dashboards; log groups belong to what writes them."""

    def __init__(
        self, name: str, args: ObservabilityArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("clip-it:observability:Observability", name, None, opts)
        self._name, self._args = name, args
        self._inside = pulumi.ResourceOptions(parent=self)
        events = all_events(args.watched)
        rules = [rule_arn(args.naming, event.kind, event.subject) for event in events]
        self._topics = {
            Topic.PAGES: self._topic(Topic.PAGES, name, []),
            Topic.TICKETS: self._topic(Topic.TICKETS, f"{name}-tickets", rules),
        }
        for event in events:
            self._event(event, self._topics[Topic.TICKETS])
            self._alarm(undelivered(args.naming, event))
        for alarm in all_alarms(args.watched, args.settings.queue_age_seconds):
            self._alarm(alarm)
        self._objectives()
        self.dashboards = {
            kind: cloudwatch.Dashboard(
                f"{name}-{kind}",
                dashboard_name=dashboard_name(args.naming, kind),
                dashboard_body=pulumi.Output.json_dumps({"widgets": widgets}),
                # The overview had the component's own name before there were others.
                opts=pulumi.ResourceOptions(
                    parent=self, aliases=[pulumi.Alias(name=name)] if kind == "overview" else []
                ),
            )
            for kind, widgets in all_dashboards(args.naming.region, args.watched).items()
        }
        self.register_outputs({"dashboards": [one.dashboard_name for one in self.dashboards.values()]})

    def _objectives(self) -> None:
        """The burn alarms, then the composite alarms on them and on what explains them."""
        watched = self._args.watched
        burning = [self._burn(one) for each in all_objectives(watched) for one in burn_alarms(each)]
        for composite in composites(watched):
            self._composite(composite, burning)

    def _topic(self, kind: Topic, name: str, rule_arns: Sequence[str]) -> sns.Topic:
        topic = sns.Topic(
            name,
            name=topic_name(self._args.naming, kind),
            kms_master_key_id=self._args.key_arn,
            tags=self._args.naming.tags(COMPONENT),
            opts=self._inside,
        )
        sns.TopicPolicy(
            name,
            arn=topic.arn,
            policy=topic_policy(self._args.naming, kind, rule_arns),
            opts=self._inside,
        )
        for address in self._args.settings.emails:
            sns.TopicSubscription(
                f"{name}-{address}",
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

    def _alarm(self, alarm: Alarm) -> None:
        topic, filled = self._topics[alarm.topic], alarm.fill is not None
        cloudwatch.MetricAlarm(
            f"{self._name}-{label(alarm.kind, alarm.subject)}",
            name=alarm_name(self._args.naming, alarm.kind, alarm.subject),
            alarm_description=self._described(alarm.says, alarm.kind),
            namespace=None if filled else alarm.namespace,
            metric_name=None if filled else alarm.metric,
            dimensions=None if filled else alarm.dimensions,
            statistic=None if filled else alarm.statistic,
            period=None if filled else alarm.period_seconds,
            metric_queries=_filled(alarm) if filled else None,
            comparison_operator=alarm.comparison,
            threshold=alarm.threshold,
            evaluation_periods=alarm.periods,
            treat_missing_data=alarm.missing,
            actions_enabled=True,
            alarm_actions=[topic.arn],
            ok_actions=[topic.arn],
            tags=self._args.naming.tags(COMPONENT),
            opts=self._inside,
        )

    def _burn(self, alarm: BurnAlarm) -> cloudwatch.MetricAlarm:
        """Tells nobody itself: a composite alarm does, when the other window burns too."""
        return cloudwatch.MetricAlarm(
            f"{self._name}-{label(alarm.kind, alarm.subject)}",
            name=alarm_name(self._args.naming, alarm.kind, alarm.subject),
            alarm_description=self._described(alarm.says, alarm.kind),
            metric_queries=[
                *(_query(source, alarm.window_seconds) for source in alarm.sources),
                _burn_expression(alarm),
            ],
            comparison_operator="GreaterThanThreshold",
            threshold=alarm.threshold,
            evaluation_periods=1,
            treat_missing_data="notBreaching",
            actions_enabled=True,
            tags=self._args.naming.tags(COMPONENT),
            opts=self._inside,
        )

    def _composite(self, alarm: Composite, burning: Sequence[cloudwatch.MetricAlarm]) -> None:
        topic = self._topics[alarm.topic]
        suppressor = alarm.suppressor and cloudwatch.CompositeAlarmActionsSuppressorArgs(
            alarm=alarm_name(self._args.naming, *alarm.suppressor),
            wait_period=SUPPRESSOR_WAIT_SECONDS,
            extension_period=SUPPRESSOR_EXTENSION_SECONDS,
        )
        cloudwatch.CompositeAlarm(
            f"{self._name}-{alarm.name}",
            alarm_name=self._args.naming.physical(alarm.name, limit=NAME_LIMIT),
            alarm_description=self._described(alarm.says, alarm.kind),
            alarm_rule=alarm_rule(self._args.naming, alarm),
            actions_enabled=True,
            actions_suppressor=suppressor,
            alarm_actions=[topic.arn],
            ok_actions=[topic.arn],
            tags=self._args.naming.tags(COMPONENT),
            # CloudWatch refuses a rule that names an alarm which is not there yet.
            opts=pulumi.ResourceOptions(parent=self, depends_on=burning),
        )


def alarm_rule(naming: Naming, alarm: Composite) -> str:
    """The rule of a composite alarm: all alarms of one group, or of another."""
    groups = [" AND ".join(f'ALARM("{alarm_name(naming, *one)}")' for one in group) for group in alarm.groups]
    return " OR ".join(f"({group})" for group in groups)


def _filled(alarm: Alarm) -> list[cloudwatch.MetricAlarmMetricQueryArgs]:
    """The metric of an alarm with a number in place of its missing values."""
    source = Source(
        id="m",
        namespace=alarm.namespace,
        metric=alarm.metric,
        dimensions=alarm.dimensions,
        statistic=alarm.statistic,
    )
    return [
        _query(source, alarm.period_seconds),
        cloudwatch.MetricAlarmMetricQueryArgs(
            id="filled", expression=f"FILL(m,{alarm.fill:g})", label=alarm.metric, return_data=True
        ),
    ]


def _query(source: Source, seconds: int) -> cloudwatch.MetricAlarmMetricQueryArgs:
    return cloudwatch.MetricAlarmMetricQueryArgs(
        id=source.id,
        return_data=False,
        metric=cloudwatch.MetricAlarmMetricQueryMetricArgs(
            namespace=source.namespace,
            metric_name=source.metric,
            dimensions=source.dimensions,
            period=seconds,
            stat=source.statistic,
        ),
    )


def _burn_expression(alarm: BurnAlarm) -> cloudwatch.MetricAlarmMetricQueryArgs:
    return cloudwatch.MetricAlarmMetricQueryArgs(
        id="burn", expression=alarm.expression, label="budgets spent at once", return_data=True
    )
