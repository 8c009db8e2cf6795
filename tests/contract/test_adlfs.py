"""adlfs and pandas, as they are, against a workspace's storage account."""

from __future__ import annotations

import subprocess

import pytest

import live
from environments import make_environment
from workstead_wire.workspaces import WorkspacePath

SCRIPT = """
import sys
import pandas
from adlfs import AzureBlobFileSystem

text = sys.stdin.read()
files = AzureBlobFileSystem(connection_string=text)
files.mkdir("box")
frame = pandas.DataFrame({"a": [1, 2], "b": ["x", "grün"]})
options = {"connection_string": text}
frame.to_csv("abfs://box/raw/one.csv", index=False, storage_options=options)
read = pandas.read_csv("abfs://box/raw/one.csv", storage_options=options)
assert read.equals(frame), read
assert files.ls("box") == ["box/raw"], files.ls("box")
assert files.find("box") == ["box/raw/one.csv"]
assert files.info("box/raw/one.csv")["size"] == len("a,b\\n1,x\\n2,grün\\n".encode())
with files.open("box/raw/large.bin", "wb") as stream:
    for number in range(12):
        stream.write(bytes([number]) * (1 << 20))
with files.open("box/raw/large.bin", "rb", block_size=1 << 20) as stream:
    stream.seek((5 << 20) - 1)
    assert stream.read(2) == bytes([4, 5])
files.copy("box/raw/one.csv", "box/two.csv")
assert files.cat("box/two.csv") == files.cat("box/raw/one.csv")
assert files.glob("box/**/*.csv") == ["box/raw/one.csv", "box/two.csv"]
files.rm("box/raw", recursive=True)
files.invalidate_cache()
assert files.find("box") == ["box/two.csv"], files.find("box")
assert not files.exists("box/raw/one.csv")
"""


@pytest.mark.long
def test_adlfs_and_pandas(live_server: live.Live, workspace: WorkspacePath) -> None:
    python = make_environment(["adlfs>=2024.7", "pandas>=2.2"])
    told = live_server.http.get(f"{workspace.url}/storageaccount").json()
    key = live_server.http.post(f"{workspace.url}/storageaccount/keys/key1/read").json()["value"]
    text = f"DefaultEndpointsProtocol=http;AccountName={told['name']};AccountKey={key};BlobEndpoint={told['url']}"
    done = subprocess.run(
        [str(python), "-c", SCRIPT], input=text, capture_output=True, text=True, check=False, timeout=120
    )
    assert done.returncode == 0, done.stderr[-3000:]
