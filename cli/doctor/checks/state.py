"""Checks where the state is, and whether another machine can open it."""

import json
import subprocess

from cli.doctor.patient import Check, Finding, Patient, failed, passed, unseen

_KEYS = ("secretsprovider", "encryptedkey", "encryptionsalt")


def _login(patient: Patient) -> Finding:
    who = json.loads(patient.pulumi("whoami", "--json"))
    url = str(who.get("url", ""))
    return (
        passed(f"logged in at {url}")
        if url
        else failed("not logged in", "pulumi login s3://<your state bucket>")
    )


def _secrets(patient: Patient) -> Finding:
    """`stack init` writes the encrypted key into the stack file; others have it once it is committed."""
    file = f"Pulumi.{patient.stack}.yaml"
    here = _key_lines((patient.root / file).read_text(encoding="utf-8"))
    if not here:
        return failed(
            f"{file} has no secrets provider",
            f"pulumi stack init {patient.stack} --secrets-provider '<output secrets_provider of bootstrap>'",
        )
    done = subprocess.run(
        ["git", "show", f"HEAD:./{file}"], cwd=patient.root, capture_output=True, text=True, check=False
    )
    if done.returncode:
        return unseen(f"git does not show the committed {file}: {done.stderr.strip()}")
    if _key_lines(done.stdout) != here:
        return failed(
            f"the secrets provider in {file} is not committed: no other machine can open the state",
            f"git commit -m 'Keep the secrets provider of {patient.stack}' {file}",
        )
    return passed(f"the secrets provider in {file} is committed")


def _key_lines(text: str) -> list[str]:
    return [line for line in text.splitlines() if line.split(":")[0] in _KEYS]


CHECKS = (Check(name="state", look=_login), Check(name="secrets provider", look=_secrets))
