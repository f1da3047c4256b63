"""Arrays that grow in files are numpy's own files, and come back as they were, whatever their kind."""

from __future__ import annotations

import os

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from service.adapters.files import durable
from service.adapters.files.arrays.columns import in_files, in_memory, map_array, touch

KINDS = ["<i8", "<u8", "<i4", "<u4", "<u2", "u1", "i1", "<f4", "?"]


@given(kind=st.sampled_from(KINDS), width=st.sampled_from([None, 1, 7]),
       lengths=st.lists(st.integers(0, 3_000), min_size=1, max_size=4))  # fmt: skip
@settings(max_examples=80, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_pieces_written_one_by_one_are_one_array(tmp_path, kind, width, lengths):
    drawn = np.random.default_rng(sum(lengths))
    pieces = [drawn.integers(0, 100, n if width is None else (n, width)).astype(kind) for n in lengths]
    files, memory = in_files(tmp_path), in_memory()
    for piece in pieces:
        files.append("a", piece)
        memory.append("a", piece)

    mapped, kept = files.finish()["a"], memory.finish()["a"]

    for array in (mapped, kept, np.load(tmp_path / "a.npy"), map_array(tmp_path / "a.npy")):
        assert array.dtype == np.dtype(kind)
        assert np.array_equal(array, np.concatenate(pieces))
    assert not mapped.flags.writeable
    assert not kept.flags.writeable
    touch(mapped)


def test_a_large_array_goes_to_the_disk_step_by_step(tmp_path, monkeypatch):
    step, synced, sync = 1_000, [0], os.fdatasync

    def noted(descriptor):
        sync(descriptor)
        synced.append(os.fstat(descriptor).st_size)

    monkeypatch.setattr(durable, "STEP_BYTES", step)
    monkeypatch.setattr(os, "fdatasync", noted)
    pieces = [np.arange(size, dtype=np.int64) for size in (300, 5, 5_000, 90)]
    columns = in_files(tmp_path)
    for piece in pieces:
        columns.append("a", piece)

    assert np.array_equal(columns.finish()["a"], np.concatenate(pieces))
    unsynced = np.diff([*synced, (tmp_path / "a.npy").stat().st_size])
    assert unsynced.max() < 2 * step


def test_offsets_go_on_where_the_last_ended():
    columns = in_memory()
    for offsets in ([0], [0, 2, 5], [0, 0, 1]):
        columns.append_offsets("a", np.array(offsets))

    assert columns.finish()["a"].tolist() == [0, 2, 5, 5, 6]


@pytest.mark.parametrize("harm", ["cut", "empty", "another file"])
def test_a_file_that_is_cut_or_none_of_ours_is_refused(tmp_path, harm):
    path = tmp_path / "a.npy"
    np.save(path, np.arange(2_000))
    written = path.read_bytes()
    path.write_bytes({"cut": written[:-8], "empty": b"", "another file": b"x" * 500}[harm])

    with pytest.raises(ValueError):
        map_array(path)
