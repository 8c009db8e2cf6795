"""The two pages that must work before anybody is signed in: plain HTML, no script."""

from __future__ import annotations

from html import escape

_FRAME = """<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{title} · Workstead</title>
<meta name="viewport" content="width=device-width"><style>
:root{{color-scheme:light dark}}body{{font:16px/1.5 "Segoe UI",system-ui,sans-serif;margin:0;display:grid;
min-height:100vh;place-items:center;background:light-dark(#f3f2f1,#1b1a19);color:light-dark(#242424,#f3f2f1)}}
main{{background:light-dark(#fff,#292827);padding:2.5rem 3rem;border-radius:8px;max-width:26rem;
box-shadow:0 2px 12px #0003}}h1{{font-size:1.4rem;font-weight:600;margin:0 0 .5rem}}
input{{font:1.4rem/1.6 ui-monospace,monospace;letter-spacing:.12em;width:100%;box-sizing:border-box;
padding:.3rem .6rem}}input.long{{font-size:1rem;letter-spacing:0}}
button{{font:inherit;margin-top:1rem;padding:.45rem 1.4rem;border:0;border-radius:4px;
background:#0f6cbd;color:#fff;cursor:pointer}}[role=alert]{{color:light-dark(#b10e1c,#f1707b)}}</style></head>
<body><main><h1>{title}</h1>{body}</main></body></html>"""


def page(title: str, body: str) -> str:
    """A whole page. ``body`` is HTML and must be escaped already."""
    return _FRAME.format(title=escape(title), body=body)


def device_login(problem: str = "", code: str = "") -> str:
    """Where the code that a notebook printed is typed."""
    alert = f'<p role="alert">{escape(problem)}</p>' if problem else ""
    return page(
        "Enter the code",
        "<p>Enter the code that your notebook or terminal shows, to let it sign in as you.</p>"
        f'{alert}<form method="post"><input name="code" aria-label="Code" autofocus required maxlength="9" '
        f'autocomplete="off" value="{escape(code, quote=True)}"><button>Continue</button></form>',
    )


def device_done() -> str:
    """The code was taken."""
    return page("You are signed in", "<p>You can close this window and go back to your notebook or terminal.</p>")


def sign_in(problem: str = "", following: str = "/") -> str:
    """Sign in by the server's token."""
    alert = f'<p role="alert">{escape(problem)}</p>' if problem else ""
    return page(
        "Sign in",
        "<p>Open the one-time link that the server printed, or paste a token "
        f"(<code>workstead token</code> prints yours).</p>{alert}"
        '<form method="post" action="/signin"><input class="long" type="password" name="token" '
        'aria-label="Token" autofocus required autocomplete="current-password">'
        f'<input type="hidden" name="next" value="{escape(following, quote=True)}">'
        "<button>Sign in</button></form>",
    )
