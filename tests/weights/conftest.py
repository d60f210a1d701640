"""A server of weights on this machine that can be told to misbehave, and a small network."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
import torch

from napari_samwise.model.build import build_sam
from napari_samwise.model.config import DecoderConfig, SamConfig, ViTConfig
from napari_samwise.model.sam import Sam


@dataclass
class WeightServer:
    """What the server answers with, and what it was asked."""

    url: str = ""
    body: bytes = b""
    content_type: str = "application/octet-stream"
    status: int = 200
    cut_after: int | None = None
    honours_ranges: bool = True
    ranges_asked: list[str | None] = field(default_factory=list)

    def cut_next(self, after: int) -> None:
        """Close the connection of the next answer after so many bytes."""
        self.cut_after = after


def _handler(server: WeightServer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked = self.headers.get("Range")
            server.ranges_asked.append(asked)
            start = 0
            status = server.status
            if asked and server.honours_ranges:
                start = int(asked.removeprefix("bytes=").removesuffix("-"))
                status = 206 if start < len(server.body) else 416
            body = server.body[start:] if status != 416 else b""
            self.send_response(status)
            self.send_header("Content-Type", server.content_type)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body[: server.cut_after])
            server.cut_after = None
            self.close_connection = True

        def log_message(self, *_args: object) -> None:
            pass

    return Handler


@pytest.fixture
def weight_server(monkeypatch: pytest.MonkeyPatch) -> Iterator[WeightServer]:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    answers = WeightServer()
    httpd = ThreadingHTTPServer(("127.0.0.1", 0), _handler(answers))
    answers.url = f"http://127.0.0.1:{httpd.server_port}/weights/tiny.pt"
    thread = threading.Thread(target=httpd.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    yield answers
    httpd.shutdown()
    httpd.server_close()
    thread.join()


@pytest.fixture
def tiny_sam() -> Sam:
    """A SAM network of 64 x 64 pixels with random weights, none of them zero."""
    config = SamConfig(
        name="sam",
        image_encoder=ViTConfig(
            embed_dim=32, depth=3, num_heads=2, global_blocks=(1,), window_size=3, patch_size=16
        ),
        decoder=DecoderConfig(mlp_dim=24, iou_head_dim=12),
        model_size=64,
        embedding_dim=16,
        mask_channels=8,
    )
    model = build_sam(config)
    generator = torch.Generator().manual_seed(0)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.normal_(std=0.2, generator=generator)
    return model
