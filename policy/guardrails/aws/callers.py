"""Who invokes a function, and whether the caller waits for the answer.

How each service invokes: AWS Lambda developer guide, "Invoking Lambda with events from other AWS services".
"""

from __future__ import annotations

from guardrails.aws import types
from guardrails.resources.resource import Resource
from guardrails.resources.stack import Stack, refers, unset
from guardrails.resources.values import Step, any_of, text

# Services that hand an event over and go on; Lambda retries it, and then forgets it.
HANDING_OVER = frozenset(
    {
        *("events", "scheduler", "s3", "sns", "ses", "logs", "config", "iot", "iotevents"),
        *("codecommit", "codepipeline", "cloudformation", "ec2"),
    }
)
# Services that wait for the answer and tell their own caller of a failure.
WAITING = frozenset(
    {
        *("apigateway", "elasticloadbalancing", "cognito-idp", "appsync", "lexv2", "lex", "connect"),
        *(
            "firehose",
            "secretsmanager",
            "bedrock",
            "states",
            "vpc-lattice",
            "edgelambda",
            "replicator.lambda",
        ),
        *("alexa-appkit", "cloudfront", "transfer"),
    }
)
Place = tuple[frozenset[str], tuple[Step, ...]]
HANDING_OVER_AT: tuple[Place, ...] = (
    (types.EVENT_TARGETS, ("arn",)),
    (types.SCHEDULES, ("target", "arn")),
    (types.SUBSCRIPTIONS, ("endpoint",)),
    (types.BUCKET_NOTIFICATIONS, ("lambdaFunctions",)),
    (types.LOG_SUBSCRIPTIONS, ("destinationArn",)),
    (frozenset({"aws:cfg/rule:Rule"}), ("source",)),
    (frozenset({"aws:iot/topicRule:TopicRule"}), ("lambdas",)),
    (frozenset({"aws:ses/receiptRule:ReceiptRule"}), ("lambdaActions",)),
)
WAITING_AT: tuple[Place, ...] = (
    (types.FUNCTION_URLS, ("functionName",)),
    (types.REST_INTEGRATIONS, ("uri",)),
    (types.HTTP_INTEGRATIONS, ("integrationUri",)),
    (types.TARGET_ATTACHMENTS, ("targetId",)),
    (
        frozenset({"aws:apigateway/authorizer:Authorizer", "aws:apigatewayv2/authorizer:Authorizer"}),
        ("authorizerUri",),
    ),
    (
        frozenset({"aws:cognito/userPool:UserPool", "aws:appsync/dataSource:DataSource"}),
        ("lambdaConfig",),
    ),
    (frozenset({"aws:sfn/stateMachine:StateMachine"}), ("definition",)),
    (frozenset({"aws:cloudfront/distribution:Distribution"}), ("defaultCacheBehavior",)),
    (frozenset({"aws:cloudfront/distribution:Distribution"}), ("orderedCacheBehaviors",)),
    (frozenset({"aws:secretsmanager/secretRotation:SecretRotation"}), ("rotationLambdaArn",)),
    (frozenset({"aws:lambda/invocation:Invocation"}), ("functionName",)),
    (types.PIPES, ("enrichment",)),
    (types.PIPES, ("target",)),
    (
        frozenset({"aws:kinesis/firehoseDeliveryStream:FirehoseDeliveryStream"}),
        ("extendedS3Configuration",),
    ),
    (frozenset({"aws:bedrock/agentAgentActionGroup:AgentAgentActionGroup"}), ("actionGroupExecutor",)),
    (frozenset({"aws:s3control/objectLambdaAccessPoint:ObjectLambdaAccessPoint"}), ("configuration",)),
    (frozenset({"aws:connect/lambdaFunctionAssociation:LambdaFunctionAssociation"}), ("functionArn",)),
)
# Properties that a program may leave out, which a preview then shows as unknown.
LEFT_OUT = frozenset({"uri", "integrationUri", "lambdaFunctions"})
CALLERS = frozenset().union(types.FUNCTION_PERMISSIONS, *(kinds for kinds, _ in HANDING_OVER_AT + WAITING_AT))


def is_handed_events(stack: Stack, function: Resource) -> bool:
    """Whether some caller hands the function events and does not wait for what becomes of them."""
    return _called(stack, function, HANDING_OVER_AT, HANDING_OVER)


def is_waited_for(stack: Stack, function: Resource) -> bool:
    """Whether some caller waits for the answer of the function."""
    return _called(stack, function, WAITING_AT, WAITING)


def _called(stack: Stack, function: Resource, places: tuple[Place, ...], services: frozenset[str]) -> bool:
    permitted = any_of(stack.of(types.FUNCTION_PERMISSIONS), lambda it: _permits(it, function, services))
    return permitted or any_of(places, lambda place: _names(stack, function, *place))


def _permits(permission: Resource, function: Resource, services: frozenset[str]) -> bool:
    service = text(permission.props, "principal").lower().removesuffix(".cn").partition(".amazon")[0]
    return service in services and refers(permission, function, "function")


def _names(stack: Stack, function: Resource, kinds: frozenset[str], path: tuple[Step, ...]) -> bool:
    key = str(path[0])
    stated = [it for it in stack.of(kinds) if key not in LEFT_OUT or not unset(it, key)]
    return any_of(stated, lambda caller: refers(caller, function, *path))
