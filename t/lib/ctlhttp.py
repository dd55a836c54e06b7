# SPDX-License-Identifier: BSD-2-Clause
"""Raw HTTP for the tests of the control plane."""
import socket

from ctlpeer import SLOW


def connect(where):
    """A raw connection to a path or a port of 127.0.0.1."""
    if isinstance(where, int):
        sock = socket.create_connection(("127.0.0.1", where), 20 * SLOW)
    else:
        sock = socket.socket(socket.AF_UNIX)
        sock.settimeout(20 * SLOW)
        sock.connect(where)
    return sock


def exchange(where, text):
    """Sends bytes, reads until the server closes or nothing comes."""
    with connect(where) as sock:
        got = b""
        try:
            sock.sendall(
                text.encode("latin-1") if isinstance(text, str) else text)
        except (BrokenPipeError, ConnectionResetError):
            pass
        while True:
            try:
                piece = sock.recv(65536)
            except ConnectionResetError:
                break
            if not piece:
                break
            got += piece
    return got.decode("latin-1")


def code(answer):
    """The status code of an answer; 0 if there is none."""
    words = answer.split(" ", 2)
    return int(words[1]) if len(words) > 1 and words[1].isdigit() else 0


def request(method="GET", path="/ok.html", body=None, **headers):
    """A request after which the connection is closed.  _ in names is -; a
    header that is None is left out."""
    lines = ["%s %s HTTP/1.1" % (method, path)]
    headers.setdefault("Host", "localhost")
    headers["Connection"] = "close"
    if body is not None:
        headers["Content-Length"] = len(body)
    lines += ["%s: %s" % (name.replace("_", "-"), value)
              for name, value in headers.items() if value is not None]
    return "\r\n".join(lines) + "\r\n\r\n" + (body or "")


def free_port():
    """A port nobody has now."""
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return sock.getsockname()[1]
