"""Repositories and their policies, against moto."""

import json

import pytest

REPOSITORY = "aws:ecr/repository:Repository"
POLICY = "aws:ecr/lifecyclePolicy:LifecyclePolicy"
LET_IN = "aws:ecr/repositoryPolicy:RepositoryPolicy"
RULE = {
    "rulePriority": 1,
    "description": "keep the last ten",
    "selection": {"tagStatus": "any", "countType": "imageCountMoreThan", "countNumber": 10},
    "action": {"type": "expire"},
}


def test_a_repository_tells_its_address_is_changed_and_is_gone_once_deleted(stack):
    given = {
        "name": "clip-it/job-server",
        "imageTagMutability": "IMMUTABLE",
        "imageScanningConfiguration": {"scanOnPush": True},
        "encryptionConfigurations": [{"encryptionType": "KMS"}],
        "forceDelete": True,
        "tags": {"Project": "p"},
    }
    repository = stack.create(REPOSITORY, given)

    address = "123456789012.dkr.ecr.eu-central-1.amazonaws.com/clip-it/job-server"
    assert repository.outputs["repositoryUrl"] == address
    repository = stack.update(repository, imageTagMutability="MUTABLE", tags={"Owner": "o"})
    repository = stack.update(repository, imageScanningConfiguration={"scanOnPush": False})
    assert stack.replaces(repository, encryptionConfigurations=[{"encryptionType": "AES256"}])
    stack.delete(repository)


def test_scanning_switched_off_by_hand_is_drift(stack):
    scanned = {"name": "images", "imageScanningConfiguration": {"scanOnPush": True}}
    repository = stack.create(REPOSITORY, scanned)
    stack.aws.call(
        "ecr",
        "put_image_scanning_configuration",
        repositoryName="images",
        imageScanningConfiguration={"scanOnPush": False},
    )

    assert stack.drift(repository) == {"imageScanningConfiguration": {"scanOnPush": False}}


def test_another_expiry_policy_takes_the_place_of_the_first(stack):
    stack.create(REPOSITORY, {"name": "images"})
    policy = stack.create(POLICY, {"repository": "images", "policy": json.dumps({"rules": [RULE]})})

    assert stack.replaces(policy, policy=json.dumps({"rules": [{**RULE, "rulePriority": 2}]}))
    stack.delete(policy)


def test_who_may_pull_changes_in_place_and_is_drift_when_changed_by_hand(stack):
    def pulled_by(account):
        principal = {"AWS": [f"arn:aws:iam::{account}:root"]}
        statement = {"Effect": "Allow", "Principal": principal, "Action": ["ecr:BatchGetImage"]}
        return json.dumps({"Version": "2012-10-17", "Statement": [statement]})

    stack.create(REPOSITORY, {"name": "images"})
    policy = stack.create(LET_IN, {"repository": "images", "policy": pulled_by("111122223333")})
    policy = stack.update(policy, policy=pulled_by("444455556666"))
    stack.aws.call(
        "ecr", "set_repository_policy", repositoryName="images", policyText=pulled_by("999999999999")
    )

    assert set(stack.drift(policy)) == {"policy"}
    stack.delete(policy)


@pytest.mark.parametrize(
    ("token", "inputs", "key", "reason"),
    [
        (REPOSITORY, {"name": "Upper"}, "name", "lower-case"),
        (REPOSITORY, {"name": "a", "imageTagMutability": "FIXED"}, "imageTagMutability", "not allowed"),
        (
            REPOSITORY,
            {"name": "a", "encryptionConfigurations": [{"encryptionType": "DES"}]},
            "encryptionConfigurations",
            "'DES'",
        ),
        (POLICY, {"repository": "a", "policy": "{}"}, "policy", "list `rules`"),
        (POLICY, {"repository": "a", "policy": '{"rules": [{}]}'}, "policy", "has no rulePriority"),
    ],
)
def test_what_ecr_refuses_is_refused(stack, token, inputs, key, reason):
    assert reason in stack.refusals(token, inputs)[key]
