"""What may go wrong between an operator's command and AWS without being a mistake in this program."""

import botocore.exceptions

from handlers.jobs.errors import TryAgainLater

PROBLEMS = (TryAgainLater, botocore.exceptions.BotoCoreError, botocore.exceptions.ClientError)
