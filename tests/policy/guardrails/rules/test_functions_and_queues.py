"""Lambda functions, queues, and how they hang together."""

import json
from collections.abc import Callable
from datetime import date

import pytest
from botocore.loaders import Loader
from guardrails.aws.runtimes import RUNTIMES, deprecated_on, supported

from tests.policy.cases import UNKNOWN, Case, allow, clean, document, found, left_open, resource

FUNCTION = "aws:lambda/function:Function"
QUEUE = "aws:sqs/queue:Queue"
POLICY = "aws:sqs/queuePolicy:QueuePolicy"
INVOKE_CONFIG = "aws:lambda/functionEventInvokeConfig:FunctionEventInvokeConfig"
ALIAS = "aws:lambda/alias:Alias"
FUNCTION_ARN = "arn:aws:lambda:eu-central-1:123456789012:function"
DEAD_ARN = "arn:aws:sqs:eu-central-1:1:dead"


def function(label: str = "notifier", **props: object):
    return resource(FUNCTION, label, **{"urn": label, "timeout": 30.0, "memorySize": 256.0, **props})


def queue(label: str = "work", **props: object):
    return resource(QUEUE, label, **{"urn": label, **props})


def redrive(count: object = 5, target: object = DEAD_ARN):
    return json.dumps({"deadLetterTargetArn": target, "maxReceiveCount": count})


def dead(**props: object):
    return queue("dead", **{"name": "dead", "arn": DEAD_ARN, "messageRetentionSeconds": 1209600.0, **props})


def mapping(**props: object):
    own = {"links": {"eventSourceArn": ("work",), "functionName": ("notifier",)}}
    return resource("aws:lambda/eventSourceMapping:EventSourceMapping", "feed", **{**own, **props})


def alias():
    return resource(ALIAS, "live", urn="live", name="live", links={"functionName": ("notifier",)})


def permission(**props: object):
    return resource("aws:lambda/permission:Permission", "may", **props)


def logs(**props: object):
    return resource(
        "aws:cloudwatch/logGroup:LogGroup", "logs", **{"retentionInDays": 30.0, "urn": "logs", **props}
    )


def alarm(**props: object):
    own = {"metricName": "ApproximateNumberOfMessagesVisible"}
    return resource("aws:cloudwatch/metricAlarm:MetricAlarm", "dead-letters", **{**own, **props})


def guarded(*statements: object):
    return resource(POLICY, "guard", policy=document(*statements))


NO_TLS = {"Bool": {"aws:SecureTransport": "false"}}
DENY = {"Effect": "Deny", "Principal": "*", "Action": "sqs:*", "Resource": "*", "Condition": NO_TLS}
TOPIC = {"Service": "sns.amazonaws.com"}
ACTIVE = {"tracingConfig": {"mode": "Active"}}
BOUNDS, FAILED, SOURCE, TRACED = (
    "lambda-bounds",
    "lambda-failure-destination",
    "lambda-permission-source",
    "lambda-tracing-logs",
)


def called(kind: str, key: str = "function", to: str = "notifier", **props: object):
    """Another resource that invokes the function."""
    return resource(f"aws:{kind}", "caller", urn=f"by-{kind}", links={key: (to,)}, **props)


RETIRED = ("nodejs18.x", "nodejs20.x", "java8", "dotnet6", "ruby2.7", "provided.al2", "go1.x", "python3.10")
PERMISSION = "lambda/permission:Permission"
CALLERS_THAT_WAIT = (
    (PERMISSION, {"principal": "apigateway.amazonaws.com"}),
    (PERMISSION, {"principal": "elasticloadbalancing.amazonaws.com"}),
    (PERMISSION, {"principal": "cognito-idp.amazonaws.com"}),
    ("lambda/functionUrl:FunctionUrl", {"key": "functionName"}),
    ("apigateway/integration:Integration", {"key": "uri"}),
    ("apigatewayv2/integration:Integration", {"key": "integrationUri"}),
    ("lb/targetGroupAttachment:TargetGroupAttachment", {"key": "targetId"}),
    ("apigateway/authorizer:Authorizer", {"key": "authorizerUri"}),
    ("apigatewayv2/authorizer:Authorizer", {"key": "authorizerUri"}),
    ("cognito/userPool:UserPool", {"key": "lambdaConfig"}),
    ("appsync/dataSource:DataSource", {"key": "lambdaConfig"}),
    ("sfn/stateMachine:StateMachine", {"key": "definition"}),
    ("cloudfront/distribution:Distribution", {"key": "defaultCacheBehavior"}),
    ("cloudfront/distribution:Distribution", {"key": "orderedCacheBehaviors"}),
    ("secretsmanager/secretRotation:SecretRotation", {"key": "rotationLambdaArn"}),
    ("lambda/invocation:Invocation", {"key": "functionName"}),
    ("pipes/pipe:Pipe", {"key": "enrichment"}),
    ("pipes/pipe:Pipe", {"key": "target"}),
    ("kinesis/firehoseDeliveryStream:FirehoseDeliveryStream", {"key": "extendedS3Configuration"}),
    ("bedrock/agentAgentActionGroup:AgentAgentActionGroup", {"key": "actionGroupExecutor"}),
    ("s3control/objectLambdaAccessPoint:ObjectLambdaAccessPoint", {"key": "configuration"}),
    ("connect/lambdaFunctionAssociation:LambdaFunctionAssociation", {"key": "functionArn"}),
)
CALLERS_THAT_DO_NOT = (
    (PERMISSION, {"principal": "events.amazonaws.com"}),
    (PERMISSION, {"principal": "s3.amazonaws.com"}),
    (PERMISSION, {"principal": "sns.amazonaws.com"}),
    ("cloudwatch/eventTarget:EventTarget", {"key": "arn"}),
    ("scheduler/schedule:Schedule", {"key": "target"}),
    ("sns/topicSubscription:TopicSubscription", {"key": "endpoint"}),
    ("s3/bucketNotification:BucketNotification", {"key": "lambdaFunctions"}),
    ("cfg/rule:Rule", {"key": "source"}),
    ("iot/topicRule:TopicRule", {"key": "lambdas"}),
    ("ses/receiptRule:ReceiptRule", {"key": "lambdaActions"}),
)
CASES: list[Case] = [
    clean("lambda-runtime", "listed", function(runtime="python3.12")),
    *(
        clean("lambda-runtime", runtime, function(runtime=runtime))
        for runtime in ("nodejs24.x", "java21", "java17.al2023", "dotnet10", "ruby3.4", "provided.al2023")
    ),
    *(
        found(
            "lambda-runtime",
            runtime,
            function(runtime=runtime),
            mentions=f"{runtime}, which AWS deprecated on 20",
        )
        for runtime in (
            "nodejs18.x",
            "nodejs20.x",
            "java8",
            "dotnet6",
            "ruby2.7",
            "provided.al2",
            "go1.x",
            "python3.10",
        )
    ),
    found("lambda-runtime", "one of no known language", function(runtime="cobol85")),
    found(
        "lambda-runtime", "one that is not listed", function(runtime="nodejs24.x"), runtimes=["python3.13"]
    ),
    clean("lambda-runtime", "an image", function(packageType="Image")),
    clean("lambda-runtime", "of the options", function(runtime="nodejs22.x"), runtimes=["nodejs22.x"]),
    found("lambda-runtime", "old", function(runtime="python3.9")),
    found("lambda-runtime", "another language", function(runtime="nodejs20.x")),
    found("lambda-runtime", "none", function()),
    clean("lambda-runtime", "listed, kind unknown", function(runtime="python3.12", packageType=UNKNOWN)),
    found("lambda-runtime", "old, kind unknown", function(runtime="python3.8", packageType=UNKNOWN)),
    left_open("lambda-runtime", "unknown", function(runtime=UNKNOWN)),
    clean(BOUNDS, "chosen", function()),
    clean(BOUNDS, "a scaler that runs once", function("cpu-scaler", reservedConcurrentExecutions=1.0)),
    found(BOUNDS, "the default timeout", function(timeout=3.0), mentions="timeout"),
    found(BOUNDS, "the default memory", function(memorySize=128.0), mentions="memory_size"),
    found(BOUNDS, "no timeout", function(timeout=None)),
    found(BOUNDS, "no memory", function(memorySize=None), mentions="memory_size"),
    found(BOUNDS, "a scaler by its logical name", function("cpu-scaler"), mentions="more than once"),
    found(
        BOUNDS,
        "a scaler by its name",
        function(name="clip-it-prod-cpu-scaler", reservedConcurrentExecutions=2.0),
    ),
    found(
        BOUNDS,
        "a scaler by its tag",
        function(tags={"Component": "scaler"}, reservedConcurrentExecutions=-1.0),
    ),
    clean(
        BOUNDS,
        "another function, unreserved",
        function(tags={"Component": "notifier"}, reservedConcurrentExecutions=-1.0),
    ),
    left_open(
        BOUNDS, "reservation of a scaler unknown", function("scaler", reservedConcurrentExecutions=UNKNOWN)
    ),
    clean(FAILED, "a queue left open", function(deadLetterConfig={"targetArn": UNKNOWN})),
    clean(
        FAILED,
        "an invoke config",
        function(name="notifier"),
        resource(
            "aws:lambda/functionEventInvokeConfig:FunctionEventInvokeConfig",
            functionName="notifier",
            destinationConfig={"onFailure": {"destination": "arn"}},
        ),
    ),
    clean(
        FAILED,
        "a stream's destination",
        function(),
        mapping(destinationConfig={"onFailure": {"destinationArn": UNKNOWN}}),
    ),
    clean(
        FAILED,
        "a queue that redrives",
        function(),
        mapping(),
        queue(redrivePolicy=UNKNOWN, links={"redrivePolicy": ("dead",)}),
        dead(),
    ),
    clean(
        FAILED,
        "a queue that redrives, read by an alias",
        function(),
        alias(),
        mapping(links={"eventSourceArn": ("work",), "functionName": ("live",)}),
        queue(redrivePolicy=redrive()),
    ),
    found(FAILED, "a deployed queue that does not redrive", function(), mapping(), queue(redrivePolicy="")),
    found(FAILED, "nothing", function()),
    found(FAILED, "a queue that does not redrive", function(), mapping(), queue(redrivePolicy=UNKNOWN)),
    found(
        FAILED,
        "a destination for success",
        function(name="notifier"),
        resource(
            "aws:lambda/functionEventInvokeConfig:FunctionEventInvokeConfig",
            functionName="notifier",
            destinationConfig={"onSuccess": {"destination": "arn"}},
        ),
    ),
    found(FAILED, "an empty block", function(deadLetterConfig={"__defaults": []})),
    left_open(
        FAILED,
        "config of an unknown function",
        function(),
        resource("aws:lambda/functionEventInvokeConfig:FunctionEventInvokeConfig", functionName=UNKNOWN),
    ),
    *(
        clean(FAILED, f"called by {kind}, who waits, {props}", function(), called(kind, **props))
        for kind, props in CALLERS_THAT_WAIT
    ),
    *(
        found(FAILED, f"called by {kind}, who does not wait", function(), called(kind, **props))
        for kind, props in CALLERS_THAT_DO_NOT
    ),
    found(
        FAILED,
        "called by one who waits and by one who does not",
        function(),
        called("lambda/functionUrl:FunctionUrl", key="functionName"),
        called("cloudwatch/eventTarget:EventTarget", key="arn"),
    ),
    clean(
        FAILED,
        "a queue for what is handed over",
        function(deadLetterConfig={"targetArn": UNKNOWN}),
        called("cloudwatch/eventTarget:EventTarget", key="arn"),
    ),
    found(
        FAILED,
        "a queue of its own, which takes nothing of a stream",
        function(deadLetterConfig={"targetArn": UNKNOWN}),
        mapping(),
        mentions="the event source mapping feed",
    ),
    found(
        FAILED,
        "one queue that redrives and a stream that does not",
        function(),
        mapping(),
        queue(redrivePolicy=redrive()),
        dead(),
        mapping(
            urn="stream",
            eventSourceArn="arn:aws:dynamodb:eu:1:table/a/stream/b",
            links={"functionName": ("notifier",)},
        ),
    ),
    found(
        FAILED,
        "another function's caller",
        function(),
        function("other"),
        called("lambda/functionUrl:FunctionUrl", key="functionName", to="other"),
        mentions="notifier: drops",
    ),
    left_open(
        FAILED,
        "a caller who may wait for it",
        function(name=UNKNOWN),
        resource("aws:lambda/functionUrl:FunctionUrl", functionName=UNKNOWN),
    ),
    clean(SOURCE, "a rule left open", permission(principal="events.amazonaws.com", sourceArn=UNKNOWN)),
    clean(SOURCE, "one account", permission(principal="123456789012")),
    found(SOURCE, "a service", permission(principal="s3.amazonaws.com", sourceAccount="123456789012")),
    found(SOURCE, "everybody", permission(principal="*", sourceArn="arn:aws:s3:::b"), mentions="everybody"),
    found(SOURCE, "any source", permission(principal="s3.amazonaws.com", sourceArn="*")),
    *(
        found(SOURCE, f"the source {arn}", permission(principal="events.amazonaws.com", sourceArn=arn))
        for arn in ("arn:aws:events:*:*:rule/*", "arn:aws:s3:::*", "arn:*")
    ),
    *(
        clean(SOURCE, f"the source {arn}", permission(principal="events.amazonaws.com", sourceArn=arn))
        for arn in (
            "arn:aws:events:*:123456789012:rule/*",
            "arn:aws:execute-api:eu-central-1:123456789012:abc/*/*",
            "arn:aws:s3:::footage-*",
        )
    ),
    clean(
        SOURCE,
        "any bucket of one account",
        permission(principal="s3.amazonaws.com", sourceArn="arn:aws:s3:::*", sourceAccount="123456789012"),
    ),
    left_open(SOURCE, "principal unknown", permission(principal=UNKNOWN, sourceArn="arn:aws:s3:::b")),
    clean(TRACED, "by name", function(name="n", **ACTIVE), logs(name="/aws/lambda/n")),
    clean(
        TRACED,
        "by the function's output",
        function(**ACTIVE),
        logs(name=UNKNOWN, links={"name": ("notifier",)}),
    ),
    clean(
        TRACED,
        "by its logging config",
        function(**ACTIVE, loggingConfig={"logGroup": "custom"}),
        logs(name="custom"),
    ),
    clean(
        TRACED,
        "by its logging config, left open",
        function(**ACTIVE, loggingConfig={"logGroup": UNKNOWN}, links={"loggingConfig": ("logs",)}),
        logs(),
    ),
    found(
        TRACED,
        "not traced",
        function(name="n", tracingConfig={"mode": "PassThrough"}),
        logs(name="/aws/lambda/n"),
        mentions="traced",
    ),
    clean(
        TRACED,
        "not traced where X-Ray is not used",
        function(name="n", tracingConfig={"mode": "PassThrough"}),
        logs(name="/aws/lambda/n"),
        traced=False,
    ),
    found(
        TRACED,
        "no group, where X-Ray is not used",
        function(name="n", tracingConfig={"mode": "PassThrough"}),
        traced=False,
        mentions="log group",
    ),
    found(
        TRACED,
        "tracing left out, in a preview",
        function(name="n", tracingConfig=UNKNOWN),
        logs(name="/aws/lambda/n"),
        mentions="traced",
    ),
    found(
        TRACED,
        "a group that only has its name in its own",
        function(name="n", **ACTIVE),
        logs(name="/custom/n", links={"name": ("notifier",)}),
    ),
    clean(
        TRACED,
        "another group's retention unknown",
        function(name="n", **ACTIVE),
        logs(urn="other", name="/other", retentionInDays=UNKNOWN),
        logs(name="/aws/lambda/n"),
    ),
    left_open(
        TRACED,
        "tracing from another resource",
        function(name="n", tracingConfig=UNKNOWN, links={"tracingConfig": ("logs",)}),
        logs(name="/aws/lambda/n"),
    ),
    found(
        TRACED,
        "a group of its usual name, while it logs elsewhere",
        function(name="n", **ACTIVE, loggingConfig={"logGroup": "custom"}),
        logs(name="/aws/lambda/n"),
        mentions="log group",
    ),
    found(TRACED, "no group", function(name="n", **ACTIVE), mentions="log group"),
    found(
        TRACED,
        "a group forever",
        function(name="n", **ACTIVE),
        logs(name="/aws/lambda/n", retentionInDays=0.0),
    ),
    found(TRACED, "another's group", function(name="n", **ACTIVE), logs(name="/aws/lambda/m")),
    left_open(TRACED, "name unknown", function(name=UNKNOWN, **ACTIVE), logs(name="/aws/lambda/n")),
    clean("sqs-sse", "by the service", queue(sqsManagedSseEnabled=True)),
    clean("sqs-sse", "by a key left open", queue(kmsMasterKeyId=UNKNOWN)),
    clean("sqs-sse", "by a key", queue(kmsMasterKeyId="alias/x", sqsManagedSseEnabled=False)),
    clean("sqs-sse", "not stated, which AWS encrypts", queue()),
    found("sqs-sse", "off", queue(sqsManagedSseEnabled=False, kmsMasterKeyId="")),
    left_open("sqs-sse", "unknown", queue(sqsManagedSseEnabled=UNKNOWN)),
    clean("sqs-dlq", "by ARN", queue(redrivePolicy=redrive()), dead()),
    clean(
        "sqs-dlq",
        "in a preview",
        queue(redrivePolicy=UNKNOWN, links={"redrivePolicy": ("dead",)}),
        dead(redrivePolicy=UNKNOWN, arn=UNKNOWN),
    ),
    clean(
        "sqs-dlq",
        "beside",
        queue(),
        dead(),
        resource(
            "aws:sqs/redrivePolicy:RedrivePolicy", redrivePolicy=redrive(), links={"queueUrl": ("work",)}
        ),
    ),
    clean("sqs-dlq", "a dead-letter queue by its name", queue("renders-dlq")),
    clean(
        "sqs-dlq",
        "a dead-letter queue of a function",
        queue("failed"),
        function(deadLetterConfig={"targetArn": UNKNOWN}, links={"deadLetterConfig": ("failed",)}),
    ),
    clean(
        "sqs-dlq",
        "a dead-letter queue of a pipe",
        queue("lost"),
        resource(
            "aws:pipes/pipe:Pipe",
            sourceParameters={"dynamodbStreamParameters": {"deadLetterConfig": {"arn": UNKNOWN}}},
            links={"sourceParameters": ("lost",)},
        ),
    ),
    found(
        "sqs-dlq",
        "the destination for success alone",
        queue("done"),
        resource(
            INVOKE_CONFIG,
            functionName="n",
            destinationConfig={"onSuccess": {"destination": UNKNOWN}},
            links={"destinationConfig": ("done",)},
        ),
        mentions="done",
    ),
    found(
        "sqs-dlq",
        "the destination for success beside one for failure, deployed",
        queue("done", arn="arn:aws:sqs:eu-central-1:1:done"),
        dead(),
        resource(
            INVOKE_CONFIG,
            functionName="n",
            destinationConfig={
                "onSuccess": {"destination": "arn:aws:sqs:eu-central-1:1:done"},
                "onFailure": {"destination": DEAD_ARN},
            },
            links={"destinationConfig": ("done", "dead")},
        ),
        mentions="done",
    ),
    clean("sqs-dlq", "a count as text", queue(redrivePolicy=redrive("20")), dead()),
    clean(
        "sqs-dlq",
        "a target elsewhere",
        queue(redrivePolicy=redrive(target="arn:aws:sqs:eu-central-1:2:other")),
    ),
    found("sqs-dlq", "none", queue()),
    found("sqs-dlq", "none in a preview", queue(redrivePolicy=UNKNOWN)),
    found("sqs-dlq", "an empty policy", queue(redrivePolicy="{}")),
    found("sqs-dlq", "too many attempts", queue(redrivePolicy=redrive(21)), dead(), mentions="21"),
    found("sqs-dlq", "no attempt", queue(redrivePolicy=redrive(0)), dead()),
    found(
        "sqs-dlq",
        "the same retention",
        queue(redrivePolicy=redrive(), messageRetentionSeconds=1209600.0),
        dead(),
        mentions="no longer than",
    ),
    found(
        "sqs-dlq",
        "the default retention on both",
        queue(redrivePolicy=redrive()),
        dead(messageRetentionSeconds=345600.0),
    ),
    found(
        "sqs-dlq",
        "a shorter retention in a preview",
        queue(redrivePolicy=UNKNOWN, links={"redrivePolicy": ("dead",)}),
        dead(messageRetentionSeconds=60.0),
    ),
    left_open(
        "sqs-dlq",
        "retention unknown",
        queue(redrivePolicy=redrive(), messageRetentionSeconds=UNKNOWN),
        dead(),
    ),
    clean("sqs-visibility", "six times", queue(visibilityTimeoutSeconds=180.0), function(), mapping()),
    clean("sqs-visibility", "no function", queue(visibilityTimeoutSeconds=60.0)),
    clean(
        "sqs-visibility",
        "by ARN and name",
        queue(arn="arn:q", visibilityTimeoutSeconds=180.0),
        function(name="n"),
        mapping(links={}, eventSourceArn="arn:q", functionName="n"),
    ),
    found(
        "sqs-visibility",
        "five times",
        queue(visibilityTimeoutSeconds=150.0),
        function(),
        mapping(),
        mentions="180",
    ),
    found("sqs-visibility", "the default", queue(), function(), mapping()),
    found("sqs-visibility", "below a segment", queue(visibilityTimeoutSeconds=10.0)),
    found(
        "sqs-visibility",
        "below a segment of the options",
        queue(visibilityTimeoutSeconds=60.0),
        segmentSeconds=90.0,
    ),
    found(
        "sqs-visibility",
        "by an alias",
        queue(visibilityTimeoutSeconds=150.0),
        function(),
        alias(),
        mapping(links={"eventSourceArn": ("work",), "functionName": ("live",)}),
        mentions="notifier",
    ),
    found(
        "sqs-visibility",
        "by the ARN of an alias",
        queue(visibilityTimeoutSeconds=150.0),
        function(name="n"),
        mapping(links={"eventSourceArn": ("work",)}, functionName=f"{FUNCTION_ARN}:n:live"),
    ),
    found(
        "sqs-visibility",
        "one timeout unknown, another too long",
        queue(visibilityTimeoutSeconds=150.0),
        function("first", timeout=UNKNOWN),
        function(),
        mapping(links={"eventSourceArn": ("work",), "functionName": ("first", "notifier")}),
        mentions="notifier",
    ),
    left_open("sqs-visibility", "unknown", queue(visibilityTimeoutSeconds=UNKNOWN), function(), mapping()),
    clean("sqs-policy", "no policy", queue()),
    clean("sqs-policy", "a named service", guarded(allow("sqs:SendMessage", Principal=TOPIC), DENY)),
    clean("sqs-policy", "a single statement", resource(POLICY, policy=json.dumps({"Statement": DENY}))),
    clean(
        "sqs-policy",
        "TLS in each permission",
        guarded(
            allow("sqs:SendMessage", Principal=TOPIC, Condition={"Bool": {"aws:securetransport": "true"}})
        ),
    ),
    clean("sqs-policy", "on the queue", queue(policy=document(DENY))),
    clean(
        "sqs-policy",
        "a boolean condition",
        guarded({**DENY, "Condition": {"Bool": {"aws:SecureTransport": False}}}),
    ),
    found("sqs-policy", "no TLS", guarded(allow("sqs:SendMessage", Principal=TOPIC)), mentions="TLS"),
    found(
        "sqs-policy",
        "everybody",
        guarded(allow("sqs:SendMessage", Principal="*"), DENY),
        mentions="everybody",
    ),
    found(
        "sqs-policy", "everybody as AWS", guarded(allow("sqs:SendMessage", Principal={"AWS": ["*"]}), DENY)
    ),
    found(
        "sqs-policy",
        "everybody but some",
        guarded({**allow("sqs:SendMessage"), "NotPrincipal": {"AWS": "1"}}, DENY),
    ),
    found(
        "sqs-policy", "every action", guarded(allow("sqs:*", Principal=TOPIC), DENY), mentions="every action"
    ),
    found("sqs-policy", "every action, another case", guarded(allow("SQS:*", Principal=TOPIC), DENY)),
    found("sqs-policy", "every action of everything", guarded(allow(["*"], Principal=TOPIC), DENY)),
    found(
        "sqs-policy",
        "all but some actions",
        guarded({"Effect": "Allow", "Principal": TOPIC, "NotAction": "sqs:Purge", "Resource": "*"}, DENY),
    ),
    found("sqs-policy", "a denial for one caller", guarded({**DENY, "Principal": {"AWS": "1"}})),
    found(
        "sqs-policy",
        "a denial for all but one",
        guarded({**{k: v for k, v in DENY.items() if k != "Principal"}, "NotPrincipal": {"AWS": "1"}}),
    ),
    found(
        "sqs-policy",
        "a denial with a second condition",
        guarded({**DENY, "Condition": {**NO_TLS, "StringEquals": {"aws:PrincipalAccount": "1"}}}),
    ),
    found("sqs-policy", "a denial of one action", guarded({**DENY, "Action": "sqs:SendMessage"})),
    found("sqs-policy", "no document", resource(POLICY, policy="{")),
    left_open("sqs-policy", "unknown", resource(POLICY, policy=UNKNOWN)),
    clean(
        "alarm-dead-letter",
        "by name",
        queue(redrivePolicy=redrive()),
        dead(),
        alarm(dimensions={"QueueName": "dead"}),
    ),
    clean(
        "alarm-dead-letter",
        "by dependency",
        queue(redrivePolicy=redrive()),
        dead(),
        alarm(dimensions={"QueueName": UNKNOWN}, links={"dimensions": ("dead",)}),
    ),
    clean("alarm-dead-letter", "a plain queue", queue()),
    found("alarm-dead-letter", "none", queue(redrivePolicy=redrive()), dead(), mentions="dead:"),
    found(
        "alarm-dead-letter",
        "another metric",
        queue("x-dlq", name="x-dlq"),
        alarm(metricName="NumberOfMessagesSent", dimensions={"QueueName": "x-dlq"}),
    ),
    found(
        "alarm-dead-letter",
        "the source's alarm",
        queue(name="work", redrivePolicy=redrive()),
        dead(),
        alarm(dimensions={"QueueName": "work"}),
    ),
    found(
        "alarm-dead-letter",
        "of a subscription",
        queue("lost"),
        resource(
            "aws:sns/topicSubscription:TopicSubscription",
            redrivePolicy=UNKNOWN,
            links={"redrivePolicy": ("lost",)},
        ),
    ),
    left_open("alarm-dead-letter", "dimensions unknown", queue("x-dlq"), alarm(dimensions=UNKNOWN)),
]


@pytest.mark.parametrize("case", CASES, ids=str)
def test_functions_and_queues(case: Case, try_case: Callable[[Case], None]):
    try_case(case)


def test_a_runtime_is_deprecated_from_the_day_after_its_last():
    assert deprecated_on("nodejs22.x", date(2027, 4, 30)) is None
    assert deprecated_on("nodejs22.x", date(2027, 5, 1)) == date(2027, 4, 30)


def test_the_runtimes_that_are_offered_are_those_of_the_language():
    day = date(2026, 12, 1)
    assert supported(day, like="ruby2.7") == ["ruby4.0", "ruby3.4", "ruby3.3"]
    assert supported(day, like="go1.x") == ["provided.al2023"]
    assert supported(day, like="dotnetcore3.1") == ["dotnet10"]
    assert len(supported(day, like="cobol85")) > 15


def test_every_runtime_of_the_clients_model_has_its_line():
    model = Loader().load_service_model("lambda", "service-2")
    assert set(model["shapes"]["Runtime"]["enum"]) - {"custom"} <= set(RUNTIMES)
