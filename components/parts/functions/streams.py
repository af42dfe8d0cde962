"""Builds the event source mapping from the table's stream to a function, with its filters."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import pulumi
from pulumi_aws import lambda_

from components.naming import Naming
from components.naming.store_names import StoreNames
from components.parts.functions.functions import Function
from components.permissions import Statement

BATCH_SIZE = 100


Position = Literal["LATEST", "TRIM_HORIZON"]


@dataclass(frozen=True, kw_only=True)
class StreamArgs:
    """Which records reach the function, and how a failing batch is tried again.

    A new mapping begins at `starting_position`. It reads nothing for some seconds after it was created, so
    that LATEST is for who can do without the records of that time, and TRIM_HORIZON, the oldest record that
    the stream keeps, for who may be given a record once more.
    """

    stream_arn: pulumi.Input[str]
    starting_position: Position
    patterns: Sequence[Mapping[str, object]]
    tags: Mapping[str, str]
    record_age_seconds: int
    retries: int
    partial: bool


def stream_statements(naming: Naming) -> list[Statement]:
    """What a role needs to read the table's stream."""
    stream = f"{StoreNames.of(naming).table_arn}/stream/*"
    return [
        Statement(
            actions=["dynamodb:DescribeStream", "dynamodb:GetRecords", "dynamodb:GetShardIterator"],
            resources=[stream],
        ),
        # Listing streams knows no resource.
        Statement(actions=["dynamodb:ListStreams"], resources=["*"]),
    ]


def build_stream_mapping(name: str, args: StreamArgs, function: Function, parent: pulumi.Resource) -> None:
    """Build the mapping; batches given up are described in the function's queue of failed events."""
    lambda_.EventSourceMapping(
        name,
        event_source_arn=args.stream_arn,
        function_name=function.resource.arn,
        starting_position=args.starting_position,
        batch_size=BATCH_SIZE,
        maximum_record_age_in_seconds=args.record_age_seconds,
        maximum_retry_attempts=args.retries,
        function_response_types=["ReportBatchItemFailures"] if args.partial else None,
        filter_criteria=lambda_.EventSourceMappingFilterCriteriaArgs(
            filters=[
                lambda_.EventSourceMappingFilterCriteriaFilterArgs(pattern=json.dumps(pattern))
                for pattern in args.patterns
            ]
        ),
        destination_config=lambda_.EventSourceMappingDestinationConfigArgs(
            on_failure=lambda_.EventSourceMappingDestinationConfigOnFailureArgs(
                destination_arn=function.failed_events.arn
            )
        ),
        tags=args.tags,
        # Lambda refuses a second mapping of the same stream to the same function.
        opts=pulumi.ResourceOptions(parent=parent, delete_before_replace=True),
    )
