"""A rendering instance is not ended without having been asked."""

from collections.abc import Callable, Iterator

from pulumi_policy import Severity

from guardrails.aws import types
from guardrails.aws.tags import listed, union
from guardrails.options import Option, Options
from guardrails.resources.resource import Resource
from guardrails.resources.stack import Stack
from guardrails.resources.values import any_of, each, flag, items, text
from guardrails.rule import Finding, StackRule

TERMINATING = "autoscaling:EC2_INSTANCE_TERMINATING"
OPTIONS = (
    Option(
        name="components",
        default=["render-fleet"],
        description="The values of the tag Component whose groups are meant; a group without the tag is too.",
    ),
)


def findings(stack: Stack, options: Options) -> Iterator[Finding]:
    """Each render fleet whose instances end at once."""
    yield from each(stack.of(types.GROUPS), lambda group: _of(stack, group, options))


def _of(stack: Stack, group: Resource, options: Options) -> Iterator[Finding]:
    component = text(union(listed(group)), "Component")
    if component and component not in options.texts("components"):
        return
    tests: tuple[Callable[[Resource], bool], ...] = (_protected, _own_hook, lambda it: _beside(stack, it))
    if not any_of(tests, lambda test: test(group)):
        yield Finding(
            observed="ends instances without a terminating lifecycle hook",
            expected=f"a lifecycle hook for {TERMINATING}, or protect_from_scale_in=True",
            argument="initial_lifecycle_hooks",
            resource=group,
        )


def _protected(group: Resource) -> bool:
    return flag(group.props, "protectFromScaleIn") is True


def _own_hook(group: Resource) -> bool:
    hooks = items(group.props, "initialLifecycleHooks")
    return any_of(hooks, lambda hook: text(hook, "lifecycleTransition") == TERMINATING)


def _beside(stack: Stack, group: Resource) -> bool:
    hooks = stack.referring(types.LIFECYCLE_HOOKS, group, "autoscalingGroupName")
    return any_of(hooks, lambda hook: text(hook.props, "lifecycleTransition") == TERMINATING)


RULE = StackRule(
    id="asg-termination-hook",
    title="Termination hook",
    description="A render fleet must have a terminating lifecycle hook or protection from scale-in.",
    why="Without one, scale-in, rebalancing and refresh end renders that are almost done.",
    fix="Add a LifecycleHook for autoscaling:EC2_INSTANCE_TERMINATING to the group.",
    severity=Severity.MEDIUM,
    topics=("availability", "auto-scaling"),
    judges=types.GROUPS | types.LIFECYCLE_HOOKS,
    options=OPTIONS,
    findings=findings,
    compliant=(
        Resource(type="aws:autoscaling/group:Group", name="fleet", urn="fleet"),
        Resource(
            type="aws:autoscaling/lifecycleHook:LifecycleHook",
            name="drain",
            props={"lifecycleTransition": "autoscaling:EC2_INSTANCE_TERMINATING"},
            links={"autoscalingGroupName": ("fleet",)},
        ),
    ),
    violating=(Resource(type="aws:autoscaling/group:Group", name="fleet"),),
)
