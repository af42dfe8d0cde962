"""Names and ARNs of one fleet that others need before it exists."""

from dataclasses import dataclass

from components.naming import Naming

# Queue names may have 80 characters, group names 255, role names 64, parameter paths 1011.
QUEUE_LIMIT = 80
GROUP_LIMIT = 255
ROLE_LIMIT = 64
LAUNCH_HOOK = "bootstrap"
TERMINATE_HOOK = "drain"


@dataclass(frozen=True, kw_only=True)
class FleetNames:
    """The names that policy documents, container definitions and agents use for a fleet."""

    fleet: str
    queue: str
    bulk_queue: str
    dead_letters: str
    group: str
    environment_parameter: str
    cloudwatch_parameter: str
    log_group: str
    queue_arn: str
    bulk_queue_arn: str
    queue_url: str
    dead_letters_arn: str
    group_arn: str
    role: str
    role_arn: str

    @property
    def queue_arns(self) -> tuple[str, str]:
        """The queues on which renders wait: of normal and of bulk ones."""
        return self.queue_arn, self.bulk_queue_arn

    @classmethod
    def of(cls, naming: Naming, fleet: str) -> "FleetNames":
        """The names of a fleet in one environment."""
        queue = naming.physical(fleet, "renders", limit=QUEUE_LIMIT)
        bulk_queue = naming.physical(fleet, "renders-bulk", limit=QUEUE_LIMIT)
        dead_letters = naming.physical(fleet, "renders-dead-letters", limit=QUEUE_LIMIT)
        group = naming.physical(fleet, limit=GROUP_LIMIT)
        role = naming.across_regions(fleet, "instances", limit=ROLE_LIMIT)
        return cls(
            fleet=fleet,
            queue=queue,
            bulk_queue=bulk_queue,
            dead_letters=dead_letters,
            group=group,
            environment_parameter=naming.path(fleet, "agent-environment"),
            cloudwatch_parameter=naming.path(fleet, "cloudwatch-agent"),
            log_group=naming.path(fleet, "agent"),
            queue_arn=naming.arn("sqs", queue),
            bulk_queue_arn=naming.arn("sqs", bulk_queue),
            dead_letters_arn=naming.arn("sqs", dead_letters),
            queue_url=f"https://sqs.{naming.region}.amazonaws.com/{naming.account_id}/{queue}",
            # The id within a group's ARN is made by AWS; the name after it is ours.
            group_arn=naming.arn("autoscaling", f"autoScalingGroup:*:autoScalingGroupName/{group}"),
            role=role,
            role_arn=f"arn:aws:iam::{naming.account_id}:role/{role}",
        )
