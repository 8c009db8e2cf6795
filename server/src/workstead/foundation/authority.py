"""Issues certificates by an authority of the home's own (X.509 as in RFC 5280). Loading this takes 70 ms."""

from __future__ import annotations

import contextlib
import ipaddress
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from workstead.foundation.home import write_private

AUTHORITY_DAYS = 3650
_CLOCKS_DIFFER = timedelta(hours=1)


def issue(folder: Path, names: Sequence[str], until: datetime) -> None:
    """Write ``server.pem`` and ``server.key`` for these names and addresses, and at first ``ca.pem`` and ``ca.key``."""
    authority, authority_key = _ensure_authority(folder)
    key = ec.generate_private_key(ec.SECP256R1())
    builder = _builder("Workstead server", authority.subject, key, authority_key, until)
    alternatives = x509.SubjectAlternativeName([_general_name(name) for name in names])
    builder = builder.add_extension(alternatives, critical=False)
    builder = builder.add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
    certificate = builder.sign(authority_key, SHA256())
    write_private(folder / "server.key", _key_text(key))
    write_private(folder / "server.pem", _text(certificate) + _text(authority))


def _ensure_authority(folder: Path) -> tuple[x509.Certificate, ec.EllipticCurvePrivateKey]:
    file, key_file = folder / "ca.pem", folder / "ca.key"
    with contextlib.suppress(FileNotFoundError):
        found = load_pem_private_key(key_file.read_bytes(), None)
        if isinstance(found, ec.EllipticCurvePrivateKey):
            return x509.load_pem_x509_certificate(file.read_bytes()), found
    key = ec.generate_private_key(ec.SECP256R1())
    subject = "Workstead authority of this home"
    builder = _builder(subject, _name(subject), key, key, datetime.now(UTC) + timedelta(AUTHORITY_DAYS))
    builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
    certificate = builder.add_extension(_SIGNS_CERTIFICATES, critical=True).sign(key, SHA256())
    write_private(key_file, _key_text(key))
    write_private(file, _text(certificate))
    return certificate, key


_SIGNS_CERTIFICATES = x509.KeyUsage(
    key_cert_sign=True, crl_sign=True, digital_signature=False, content_commitment=False, key_encipherment=False,
    data_encipherment=False, key_agreement=False, encipher_only=False, decipher_only=False,
)  # fmt: skip


def _builder(
    subject: str,
    issuer: x509.Name,
    key: ec.EllipticCurvePrivateKey,
    authority_key: ec.EllipticCurvePrivateKey,
    until: datetime,
) -> x509.CertificateBuilder:
    # Python 3.13 refuses chains that do not name both keys (VERIFY_X509_STRICT).
    authority = x509.AuthorityKeyIdentifier.from_issuer_public_key(authority_key.public_key())
    return (
        x509.CertificateBuilder()
        .subject_name(_name(subject))
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(datetime.now(UTC) - _CLOCKS_DIFFER)
        .not_valid_after(until)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(authority, critical=False)
    )


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, text)])


def _general_name(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)


def _text(certificate: x509.Certificate) -> str:
    return certificate.public_bytes(Encoding.PEM).decode()


def _key_text(key: ec.EllipticCurvePrivateKey) -> str:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
