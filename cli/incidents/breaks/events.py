"""Breaks the way of events to the topic of tickets."""

import json
from collections.abc import Iterator
from contextlib import contextmanager

from cli.incidents.breaks.api import a_setting_is_missing
from cli.incidents.breaks.fleet import a_refresh_is_cancelled
from cli.incidents.cloud import Cloud

_PUBLISHER = "events.amazonaws.com"


@contextmanager
def the_topics_refuse_a_deployment(cloud: Cloud) -> Iterator[None]:
    """Somebody takes EventBridge out of the topics' policies; then a deployment fails."""
    _refuse_events(cloud)
    with a_setting_is_missing(cloud):
        yield


@contextmanager
def the_topics_refuse_a_refresh(cloud: Cloud) -> Iterator[None]:
    """Somebody takes EventBridge out of the topics' policies; then a refresh is canceled."""
    _refuse_events(cloud)
    with a_refresh_is_cancelled(cloud):
        yield


def _refuse_events(cloud: Cloud) -> None:
    sns = cloud.connection.session.client("sns", endpoint_url=cloud.connection.endpoint)
    for topic in sns.list_topics()["Topics"]:
        arn = topic["TopicArn"]
        policy = json.loads(sns.get_topic_attributes(TopicArn=arn)["Attributes"]["Policy"])
        kept = [one for one in policy["Statement"] if _PUBLISHER not in json.dumps(one)]
        changed = json.dumps({**policy, "Statement": kept})
        sns.set_topic_attributes(TopicArn=arn, AttributeName="Policy", AttributeValue=changed)
