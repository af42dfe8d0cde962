"""Which tests share a worker: those that share what is costly to make, and those that wait."""

from xdist.scheduler import LoadScopeScheduling

# Each group of files is done by one worker, from the first test to the last, and the groups begin first.
TOGETHER = {
    # Each starts a local stack, which is slow enough when it is the only one.
    "local stacks": (
        "tests/cli/console/test_local_stack.py",
        "tests/cli/trace/test_local_stack.py",
        "tests/contracts/test_first_webhook.py",
        "tests/contracts/test_local_pages.py",
        "tests/contracts/test_pages_on_local_stack.py",
    ),
    # They load the provider's SDK, build the programs of all stacks with it, and start the pack on them.
    "programs": (
        "tests/bootstrap/",
        "tests/components/",
        "tests/test_program.py",
        "tests/test_program_lists.py",
        "tests/test_program_order.py",
        "tests/test_program_regions.py",
        "tests/contracts/",
        "tests/handlers/scaler/test_entrypoint.py",
        "tests/handlers/scaler/test_requirements.py",
        "tests/policy/guardrails/rules/test_waivers.py",
        "tests/policy/guardrails/test_after_check.py",
        "tests/cli/changes/",
        "tests/cli/preview/test_program.py",
        "tests/cli/cost/test_command.py",
        "tests/policy/guardrails/test_remedies.py",
        "tests/policy/guardrails/pack/test_server.py",
    ),
    # They share an emulator within their process.
    "cloudwatch": (
        "tests/local/emulator/cloudwatch/",
        "tests/local/emulator/logs/",
        "tests/local/telemetry/",
    ),
    # They read the SDK's sources.
    "sources": ("tests/policy/guardrails/aws/test_types.py",),
    # Each looks several times at what it has deployed once.
    "policy engine": ("tests/cli/policy/test_pulumi_cli.py",),
    "provider engine": ("tests/local/provider/test_pulumi_cli.py",),
    # They wait for processes more than they compute, and the other workers compute meanwhile.
    "stack": (
        "tests/local/stack/",
        "tests/local/ec2_service/",
        "tests/local/ecs_service/",
        "tests/local/lambda_service/",
        "tests/local/processes/",
    ),
    "toolchain": ("tests/local/toolchain/",),
}
# The fixtures that must not be made twice, and the group that may ask for them.
MADE_ONCE = {"program": "programs", "recorded": "programs", "bootstrapped": "programs", "pack": "programs"}


def group_of(test: str) -> str | None:
    """The group of a test, by its id; None for one that any worker may do."""
    return next((group for group, places in TOGETHER.items() if test.startswith(places)), None)


class Together(LoadScopeScheduling):
    """Hands out groups whole, and every other test by itself."""

    def _split_scope(self, nodeid: str) -> str:
        return group_of(nodeid) or nodeid
