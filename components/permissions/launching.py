"""What someone must be allowed who changes a group that launches from a template."""

from components.naming import Naming
from components.naming.fleet_names import FleetNames
from components.parts.render_fleet.launch_template import COMPONENT, TAGGED
from components.permissions import Statement

# What a launch makes or touches beside the template (service authorization reference, RunInstances).
MADE = ("instance", "network-interface", "volume", "spot-instances-request")
TOUCHED = ("security-group", "subnet")
OF_NOBODY = ("image", "snapshot")
PARAMETER = "resolve:ssm:"


def use_of_template(naming: Naming, fleet: str, image_id: str) -> list[Statement]:
    """Launching from the fleet's template and nothing else.

    Auto Scaling tries a launch with the permissions of whoever changes the mix of a group (EC2 Auto Scaling
    user guide, "Control Amazon EC2 launch template usage in Auto Scaling groups").
    """
    template = naming.arn("ec2", "launch-template/*")
    of_fleet = {
        f"aws:ResourceTag/{key}": value
        for key, value in naming.tags(COMPONENT, fleet=fleet).items()
        if key in ("Project", "Environment", "Fleet")
    }
    statements = [
        Statement(actions=["ec2:RunInstances"], resources=[template], conditions={"StringEquals": of_fleet}),
        Statement(
            actions=["ec2:RunInstances"],
            resources=[
                *(naming.arn("ec2", f"{kind}/*") for kind in (*MADE, *TOUCHED)),
                *(f"arn:aws:ec2:{naming.region}::{kind}/*" for kind in OF_NOBODY),
            ],
            conditions={"ArnLike": {"ec2:LaunchTemplate": template}},
        ),
        Statement(
            actions=["ec2:CreateTags"],
            resources=[naming.arn("ec2", f"{kind}/*") for kind in TAGGED],
            conditions={"StringEquals": {"ec2:CreateAction": "RunInstances"}},
        ),
        Statement(
            actions=["iam:PassRole"],
            resources=[FleetNames.of(naming, fleet).role_arn],
            conditions={"StringEquals": {"iam:PassedToService": "ec2.amazonaws.com"}},
        ),
    ]
    if image_id.startswith(PARAMETER):
        parameter = image_id.removeprefix(PARAMETER)
        statements.append(
            Statement(
                actions=["ssm:GetParameters"],
                resources=[f"arn:aws:ssm:{naming.region}:*:parameter{parameter}"],
            )
        )
    return statements
