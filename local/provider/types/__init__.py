"""The one table of all resource types that the program may use on the local stack; a line per service."""

from collections import ChainMap

from local.provider.types import (
    appautoscaling,
    dynamodb,
    ecr,
    ecs,
    ecs_services,
    lambda_functions,
    lambda_triggers,
    lb,
    lb_listeners,
    lb_targets,
    logs,
    route53,
    s3,
    s3_objects,
    s3_settings,
    scheduler,
    sns,
    sqs,
    wafv2,
)
from local.provider.types.resource import ResourceType

TYPES: ChainMap[str, ResourceType] = ChainMap(
    dict(appautoscaling.TYPES),
    dict(dynamodb.TYPES),
    dict(ecr.TYPES),
    dict(ecs.TYPES),
    dict(ecs_services.TYPES),
    dict(lambda_functions.TYPES),
    dict(lambda_triggers.TYPES),
    dict(lb.TYPES),
    dict(lb_listeners.TYPES),
    dict(lb_targets.TYPES),
    dict(logs.TYPES),
    dict(route53.TYPES),
    dict(s3.TYPES),
    dict(s3_objects.TYPES),
    dict(s3_settings.TYPES),
    dict(scheduler.TYPES),
    dict(sns.TYPES),
    dict(sqs.TYPES),
    dict(wafv2.TYPES),
)
