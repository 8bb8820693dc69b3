"""Channels, shared memory and children: real sockets, real processes."""

import os
import signal
import socket
import struct
import threading

import pytest

from styleswap.processes import Channel, ChannelClosed, Child, SharedMemory

pytestmark = pytest.mark.skipif(not hasattr(socket, "send_fds"), reason="needs Unix sockets")
needs_memory_files = pytest.mark.skipif(
    not hasattr(os, "memfd_create"), reason="needs memory files"
)


@pytest.fixture
def ends():
    one, other = Channel.pair()
    yield one, other
    one.close()
    other.close()


def test_messages_arrive_in_order_with_their_files(ends):
    one, other = ends
    memory = SharedMemory.holding(b"picture")
    one.send({"first": [1, "ä"]})
    one.send({"second": None}, [memory.descriptor])
    memory.close()
    assert other.receive().values == {"first": [1, "ä"]}
    message = other.receive()
    assert message.values == {"second": None}
    with SharedMemory.adopt(message.files[0], 7) as arrived:
        assert arrived.read(0, 100) == b"picture"


def test_a_message_larger_than_the_sockets_buffer_arrives_whole(ends):
    one, other = ends
    text = "x" * (4 << 20)
    thread = threading.Thread(target=one.send, args=({"text": text},))
    thread.start()
    assert other.receive().values["text"] == text
    thread.join()


@pytest.mark.parametrize(
    "sent",
    [
        b"",
        b"\x00" * 5,
        struct.pack("<II", 2**31, 0),
        struct.pack("<II", 1, 1) + b"1",
        struct.pack("<II", 1, 0) + b"1",
        struct.pack("<II", 200_000, 0) + b"[" * 200_000,
        struct.pack("<II", 9, 0) + b"{",
    ],
)
def test_what_is_no_message_ends_the_channel(sent):
    raw, theirs = socket.socketpair()
    channel = Channel(theirs)
    raw.sendall(sent)
    raw.close()
    with pytest.raises(ChannelClosed):
        channel.receive()
    channel.close()


def test_files_of_a_message_that_is_none_are_closed():
    raw, theirs = socket.socketpair()
    channel = Channel(theirs)
    reader, writer = os.pipe()
    socket.send_fds(raw, [struct.pack("<II", 1, 1) + b"1"], [writer])
    os.close(writer)
    with pytest.raises(ChannelClosed):
        channel.receive()
    # The end of a pipe comes when nobody holds its other side any more.
    assert os.read(reader, 1) == b""
    os.close(reader)
    raw.close()
    channel.close()


def test_closing_wakes_who_waits(ends):
    one, _ = ends
    ended = threading.Event()

    def wait():
        with pytest.raises(ChannelClosed):
            one.receive()
        ended.set()

    thread = threading.Thread(target=wait)
    thread.start()
    one.close()
    assert ended.wait(30)
    thread.join()


@needs_memory_files
def test_shared_memory_costs_what_was_written():
    with SharedMemory.create(1 << 40) as memory:
        memory.write(1 << 39, b"far")
        assert memory.read((1 << 39) - 1, 5) == b"\0far\0"
        assert os.fstat(memory.descriptor).st_blocks * 512 <= 1 << 16


@pytest.mark.parametrize("in_folder", [False, True])
def test_a_private_map_keeps_its_changes(tmp_path, in_folder):
    with SharedMemory.create(3, tmp_path if in_folder else None) as memory:
        memory.write(0, b"abc")
        own, shared = memory.map(), memory.map(private=False)
        own[0] = ord("x")
        shared[2] = ord("z")
        assert memory.read(0, 3) == b"abz"
    assert list(tmp_path.iterdir()) == []


@needs_memory_files
def test_the_other_side_cannot_cut_memory_short():
    with SharedMemory.create(8) as memory, pytest.raises(PermissionError):
        os.ftruncate(memory.descriptor, 1)


def test_less_than_was_told_is_not_adopted():
    memory = SharedMemory.create(8)
    with pytest.raises(ValueError, match="less than 9 bytes"):
        SharedMemory.adopt(os.dup(memory.descriptor), 9)
    memory.close()


ECHO = """
import sys
from styleswap.processes import ChannelClosed, channel_of
channel = channel_of(int(sys.argv[1]))
try:
    while True:
        channel.send({"got": channel.receive().values, "arguments": sys.argv[2:]})
except ChannelClosed:
    sys.exit(7)
"""


@pytest.fixture
def echo(tmp_path, monkeypatch):
    (tmp_path / "echo_child.py").write_text(ECHO)
    paths = [str(tmp_path), os.environ.get("PYTHONPATH", "")]
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(filter(None, paths)))
    child = Child("echo_child", ["one"])
    yield child
    child.kill()


def test_a_child_answers_and_ends_with_its_channel(echo):
    echo.channel.send({"n": 1})
    assert echo.channel.receive().values == {"got": {"n": 1}, "arguments": ["one"]}
    assert echo.running
    assert echo.close(30) == 7


def test_the_death_of_a_child_is_seen_by_who_waits(echo):
    os.kill(echo.pid, signal.SIGKILL)
    with pytest.raises(ChannelClosed):
        echo.channel.receive()
    assert echo.wait(30) == -signal.SIGKILL
