"""The client of the Clip-It API."""

from clipit_client.aio import AsyncClient
from clipit_client.batches import AcceptedBatch, Batch, BatchWaitTimeoutError
from clipit_client.client import Client
from clipit_client.errors import (
    APIConnectionError,
    APIResponseError,
    APITimeoutError,
    ClipItError,
    DownloadError,
    InvalidSignatureError,
    RenderFailedError,
    StatusError,
    UnsendableRequestError,
    UploadError,
    WaitTimeoutError,
)
from clipit_client.models import Render
from clipit_client.webhooks import unwrap

__all__ = [
    "APIConnectionError",
    "APIResponseError",
    "APITimeoutError",
    "AcceptedBatch",
    "AsyncClient",
    "Batch",
    "BatchWaitTimeoutError",
    "Client",
    "ClipItError",
    "DownloadError",
    "InvalidSignatureError",
    "Render",
    "RenderFailedError",
    "StatusError",
    "UnsendableRequestError",
    "UploadError",
    "WaitTimeoutError",
    "unwrap",
]
