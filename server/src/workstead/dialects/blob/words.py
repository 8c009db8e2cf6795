"""XML of this dialect: lists that go out, and the block lists and tags that come in."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from urllib.parse import quote
from xml.etree import ElementTree as ET

from workstead.blobs.service import Blob, Container, Delegation, Piece
from workstead.blobs.service.sas import write_moment
from workstead.dialects.blob.calls import HEADERS, http_date
from workstead.dialects.blob.errors import Refused

XML = "application/xml"
_LETTERS = frozenset(chr(code) for code in (*range(0x20), 0xFFFE, 0xFFFF)) - set("\t\n\r")
_LISTS = {"Committed": "committed", "Uncommitted": "uncommitted", "Latest": "latest"}


def container_list(
    url: str, asked: Mapping[str, str], containers: Sequence[Container], marker: str, *, metadata: bool
) -> bytes:
    """A page of containers."""
    root = _page("Containers", url, asked, None)
    every = ET.SubElement(root, "Containers")
    for container in containers:
        one = ET.SubElement(every, "Container")
        _text(one, "Name", container.name)
        properties = ET.SubElement(one, "Properties")
        _text(properties, "Last-Modified", http_date(container.modified_at))
        _text(properties, "Etag", f'"{container.etag}"')
        _text(properties, "LeaseStatus", "unlocked")
        _text(properties, "LeaseState", "available")
        if metadata:
            _pairs(one, "Metadata", container.metadata)
    _text(root, "NextMarker", marker)
    return _document(root)


def blob_list(url: str, container: str, asked: Mapping[str, str], items: Sequence[Blob | str], marker: str) -> bytes:
    """A page of blobs and of folders."""
    include = set(asked.get("include", "").split(","))
    root = _page("Blobs", url, asked, container)
    every = ET.SubElement(root, "Blobs")
    for item in items:
        if isinstance(item, str):
            _name(ET.SubElement(every, "BlobPrefix"), item)
            continue
        one = ET.SubElement(every, "Blob")
        _name(one, item.name)
        _properties(one, item)
        if "metadata" in include:
            _pairs(one, "Metadata", item.metadata)
        if "tags" in include and item.tags:
            one.append(_tags(item.tags))
    _text(root, "NextMarker", marker)
    return _document(root)


def block_list(committed: Iterable[Piece], waiting: Iterable[Piece]) -> bytes:
    """The blocks of a blob, and those that wait."""
    root = ET.Element("BlockList")
    for title, pieces in (("CommittedBlocks", committed), ("UncommittedBlocks", waiting)):
        group = ET.SubElement(root, title)
        for piece in pieces:
            block = ET.SubElement(group, "Block")
            _text(block, "Name", piece.block_id)
            _text(block, "Size", str(piece.size))
    return _document(root)


def tag_list(tags: Mapping[str, str]) -> bytes:
    """The tags of a blob."""
    return _document(_tags(tags))


def service_properties() -> bytes:
    """What the account is set to: nothing that can be changed."""
    root = ET.Element("StorageServiceProperties")
    _text(root, "DefaultServiceVersion", "2022-11-02")
    return _document(root)


def delegation_key(key: Delegation) -> bytes:
    """A user delegation key."""
    root = ET.Element("UserDelegationKey")
    told = {
        "SignedOid": key.oid, "SignedTid": key.tid, "SignedStart": key.start, "SignedExpiry": key.expiry,
        "SignedService": "b", "SignedVersion": key.version, "Value": base64.b64encode(key.value).decode(),
    }  # fmt: skip
    for name, text in told.items():
        _text(root, name, text)
    return _document(root)


def read_key_info(body: bytes) -> tuple[datetime, datetime]:
    """From when to when a user delegation key is to hold; from now on where nothing is said."""
    found = _parse(body, "KeyInfo")
    texts = [found.findtext("Start") or write_moment(datetime.now(UTC)), found.findtext("Expiry", "")]
    try:
        start, expiry = (datetime.fromisoformat(text) for text in texts)
    except ValueError as error:
        raise Refused(400, "InvalidXmlNodeValue", f"{' or '.join(texts)[:80]!r} is no time") from error
    return start.replace(tzinfo=start.tzinfo or UTC), expiry.replace(tzinfo=expiry.tzinfo or UTC)


def read_block_list(body: bytes) -> list[tuple[str, str]]:
    """Pairs of a list and a block's id, in the order that they are to have."""
    wanted = [(_LISTS.get(entry.tag, ""), (entry.text or "").strip()) for entry in _parse(body, "BlockList")]
    if any(not where for where, _ in wanted):
        raise Refused(400, "InvalidXmlDocument", "a block list has Committed, Uncommitted and Latest alone")
    return wanted


def read_tags(body: bytes) -> dict[str, str]:
    """Tags as they were sent."""
    found = _parse(body, "Tags").iter("Tag")
    return {tag.findtext("Key", ""): tag.findtext("Value", "") for tag in found}


def _parse(body: bytes, root: str) -> ET.Element:
    # Entities are the way to make a small document large; they are declared in a DOCTYPE alone.
    if b"<!" in body:
        raise Refused(400, "InvalidXmlDocument", "the document may not declare anything")
    try:
        found = ET.fromstring(body)  # noqa: S314 - nothing is declared in it
    except (ET.ParseError, ValueError) as error:
        raise Refused(400, "InvalidXmlDocument", f"the body is no XML document: {error}") from error
    if found.tag != root:
        raise Refused(400, "InvalidXmlDocument", f"the document is a {found.tag[:40]}, where a {root} was asked for")
    return found


def _page(kind: str, url: str, asked: Mapping[str, str], container: str | None) -> ET.Element:
    root = ET.Element("EnumerationResults", ServiceEndpoint=url)
    if container is not None:
        root.set("ContainerName", container)
    for word, title in (
        ("prefix", "Prefix"),
        ("marker", "Marker"),
        ("maxresults", "MaxResults"),
        ("delimiter", "Delimiter"),
    ):
        if asked.get(word) and not (kind == "Containers" and word == "delimiter"):
            _text(root, title, asked[word])
    return root


def _properties(one: ET.Element, blob: Blob) -> None:
    properties = ET.SubElement(one, "Properties")
    _text(properties, "Creation-Time", http_date(blob.created_at))
    _text(properties, "Last-Modified", http_date(blob.modified_at))
    _text(properties, "Etag", blob.etag)
    _text(properties, "Content-Length", str(blob.size))
    for key, name in HEADERS.items():
        title = "-".join(part.upper() if part == "md5" else part.capitalize() for part in name.split("-"))
        if value := blob.headers.get(key):
            _text(properties, title, value)
    _text(properties, "BlobType", blob.kind)
    _text(properties, "LeaseStatus", "unlocked")
    _text(properties, "LeaseState", "available")
    _text(properties, "ServerEncrypted", "false")
    if blob.tags:
        _text(properties, "TagCount", str(len(blob.tags)))


def _tags(tags: Mapping[str, str]) -> ET.Element:
    root = ET.Element("Tags")
    group = ET.SubElement(root, "TagSet")
    for key, value in tags.items():
        tag = ET.SubElement(group, "Tag")
        _text(tag, "Key", key)
        _text(tag, "Value", value)
    return root


def _pairs(one: ET.Element, title: str, pairs: Mapping[str, str]) -> None:
    group = ET.SubElement(one, title)
    for key, value in pairs.items():
        _text(group, key, value)


def _name(one: ET.Element, name: str) -> None:
    """A blob's name; letters that XML cannot have are percent-encoded, and it is said so."""
    if _LETTERS.isdisjoint(name):
        _text(one, "Name", name)
    else:
        ET.SubElement(one, "Name", Encoded="true").text = quote(name)


def _text(parent: ET.Element, tag: str, text: str) -> None:
    ET.SubElement(parent, tag).text = text


def _document(root: ET.Element) -> bytes:
    return ET.tostring(root, encoding="utf-8", xml_declaration=True)
