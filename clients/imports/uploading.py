"""Refuses an upload that is too large while it comes in, before it fills the disk."""

from __future__ import annotations

from typing import Any

from django.core.files.uploadhandler import FileUploadHandler, StopUpload

from clients.imports.reading import Limits

_OVERHEAD = 100_000
"""Bytes of a request that are not the file."""


class SizeLimit(FileUploadHandler):
    """Stands before the handler that keeps the file. A view finds `upload_too_large` in META and says so.

    It refuses at the beginning of the file rather than of the request: the CSRF token, which comes before, is read by
    then, so that the answer can be our page. The rest is not read; a browser is told by imports.js before it sends.
    """

    def handle_raw_input(self, input_data: Any, META: dict[str, Any], content_length: int, *args: Any, **kwargs: Any) -> None:
        self.content_length_of_request = content_length

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        super().new_file(*args, **kwargs)
        self.received = 0
        self.limit = Limits.current().file_bytes
        if self.content_length_of_request > self.limit + _OVERHEAD:
            self._refuse()

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes:
        self.received += len(raw_data)
        if self.received > self.limit:
            self._refuse()
        return raw_data

    def file_complete(self, file_size: int) -> None:
        return None

    def _refuse(self) -> None:
        if self.request is not None:
            self.request.META["upload_too_large"] = True
        raise StopUpload(connection_reset=True)
