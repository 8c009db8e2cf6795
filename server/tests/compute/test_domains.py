"""Where links to instances lead, by the name under which the caller knows the server."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from litestar import Request

from workstead.compute.routes.domains import domain_for, leads_elsewhere
from workstead.foundation.shield import shield
from workstead.foundation.tls import ensure_certificate
from workstead.settings import load_settings


def request(host, client="10.0.0.9", domain="apps.example.org"):
    app = SimpleNamespace(state=SimpleNamespace(instances_domain=domain))
    scope = {
        "type": "http", "headers": [(b"host", host.encode())], "client": (client, 5), "server": ("10.0.0.1", 80),
        "litestar_app": app, "app": app,
    }  # fmt: skip
    return Request(scope)


@pytest.mark.parametrize(
    ("host", "domain"),
    [
        ("ml.example.org", "apps.example.org"), ("10.0.0.1:8800", "apps.example.org"),
        ("localhost:8800", "localhost"), ("127.0.0.1:9", "localhost"), ("[::1]:9", "localhost"),
    ],
)  # fmt: skip
def test_the_domain_is_that_of_the_settings_for_all_but_loopback_names(host, domain):
    assert domain_for(request(host)) == domain
    assert domain_for(request(host, domain="")) == "localhost"


@pytest.mark.parametrize(
    ("host", "client", "elsewhere"),
    [
        ("ml.example.org", "10.0.0.9", True), ("10.0.0.1:8800", "10.0.0.9", True),
        ("ml.example.org", "127.0.0.1", False), ("ml.example.org", "10.0.0.1", False),
        ("localhost:8800", "10.0.0.9", False),
    ],
)  # fmt: skip
def test_without_one_only_the_servers_own_machine_is_reached(host, client, elsewhere):
    asked = request(host, client, domain="")
    assert leads_elsewhere(asked, domain_for(asked)) is elsewhere


@pytest.mark.parametrize("text", ["https://apps.example.org", "apps.example.org:8800", "apps/x", "*.*.org", "a..b"])
def test_a_domain_is_a_name_alone(monkeypatch, text):
    monkeypatch.setenv("WORKSTEAD_INSTANCES_DOMAIN", text)
    with pytest.raises(ValueError, match=r"WORKSTEAD_INSTANCES_DOMAIN is '.*such as 'apps\.example\.org'"):
        load_settings()


def test_names_with_a_star_are_in_the_certificate(tmp_path):
    from cryptography import x509  # noqa: PLC0415  # slow to load

    shown = ensure_certificate(tmp_path / "tls", load_settings(instances_domain="*.Apps.example.org.").host_names)
    names = x509.load_pem_x509_certificate(shown.chain.read_bytes()).extensions.get_extension_for_class(
        x509.SubjectAlternativeName
    )
    told = names.value.get_values_for_type(x509.DNSName)
    assert "*.apps.example.org" in told
    assert not [name for name in told if "*" in name[1:]]


@pytest.mark.parametrize(
    ("name", "status"),
    [
        ("a.example.org", 200), ("A.EXAMPLE.ORG:80", 200), ("b.a.example.org", 403), ("example.org", 403),
        ("a.example.org.evil", 403), (".example.org", 403), ("*.example.org", 403),
    ],
)  # fmt: skip
async def test_a_star_allows_one_more_part(name, status):
    async def app(_scope, _receive, send):
        await send({"type": "http.response.start", "status": 200, "headers": []})

    sent = []

    async def send(message):
        sent.append(message)

    scope = {"type": "http", "headers": [(b"host", name.encode())]}
    await shield(app, frozenset({"*.example.org"}))(scope, None, send)
    assert sent[0]["status"] == status
