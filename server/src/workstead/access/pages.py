"""The two pages that must work before anybody is signed in: plain HTML, no script."""

from __future__ import annotations

from html import escape

_MARK = (
    '<svg width="32" height="32" viewBox="0 0 32 32" aria-hidden="true"><rect width="32" height="32" rx="7" '
    'fill="#0f6cbd"/><path d="M7 9l4.2 14L16 12.5 20.8 23 25 9" fill="none" stroke="#fff" stroke-width="2.8" '
    'stroke-linecap="round" stroke-linejoin="round"/></svg>'
)
_FRAME = """<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{title} · Workstead</title>
<meta name="viewport" content="width=device-width, initial-scale=1"><style>
:root{{color-scheme:light dark}}*{{box-sizing:border-box}}
body{{font:15px/1.5 "Inter Variable",Inter,"Segoe UI",system-ui,sans-serif;margin:0;min-height:100vh;display:grid;
grid-template-rows:auto 1fr;background:light-dark(#fafafa,#1f1f1f);color:light-dark(#242424,#fff)}}
header{{display:flex;gap:10px;align-items:center;height:44px;padding:0 14px;background:#11263c;color:#fff;
font-weight:600}}header svg{{width:22px;height:22px}}
main{{place-self:center;width:min(26rem,100% - 2rem);margin:2rem 0 20vh;padding:2rem;border-radius:8px;
background:light-dark(#fff,#292929);border:1px solid light-dark(#e0e0e0,#525252)}}
h1{{font-size:1.45rem;font-weight:600;line-height:1.3;margin:0 0 .5rem}}p{{margin:0 0 1.25rem}}
label{{display:block;font-weight:600;margin-bottom:.35rem}}code{{font-family:ui-monospace,monospace}}
input{{font:1.4rem/1.6 ui-monospace,monospace;letter-spacing:.12em;width:100%;padding:.3rem .6rem;color:inherit;
background:light-dark(#fff,#1f1f1f);border:1px solid light-dark(#707070,#8a8a8a);border-radius:4px}}
input.long{{font-size:1rem;letter-spacing:0}}
button{{font:inherit;font-weight:600;margin-top:1.25rem;padding:.4rem 1.4rem;border:0;border-radius:4px;
background:#0f6cbd;color:#fff;cursor:pointer}}button:hover{{background:#115ea3}}
:focus-visible{{outline:2px solid light-dark(#0f6cbd,#62abf5);outline-offset:2px}}
[role=alert]{{color:light-dark(#b10e1c,#f1a0a6)}}</style></head>
<body><header>{mark}Workstead</header><main><h1>{title}</h1>{body}</main></body></html>"""


def page(title: str, body: str) -> str:
    """A whole page. ``body`` is HTML and must be escaped already."""
    return _FRAME.format(title=escape(title), mark=_MARK, body=body)


def device_login(problem: str = "", code: str = "") -> str:
    """Where the code that a notebook printed is typed."""
    return page(
        "Enter the code",
        "<p>Enter the code that your notebook or terminal shows, to let it sign in as you.</p>"
        f'{_alert(problem)}<form method="post"><label for="code">Code</label>'
        f'<input id="code" name="code" autofocus required maxlength="9" autocomplete="off" '
        f'value="{escape(code, quote=True)}"><button>Continue</button></form>',
    )


def device_done() -> str:
    """The code was taken."""
    return page("You are signed in", "<p>You can close this window and go back to your notebook or terminal.</p>")


def sign_in(problem: str = "", following: str = "/") -> str:
    """Sign in by the server's token."""
    return page(
        "Sign in",
        "<p>Open the one-time link that the server printed, or paste a token "
        f"(<code>workstead token</code> prints yours).</p>{_alert(problem)}"
        '<form method="post" action="/signin"><label for="token">Token</label>'
        '<input id="token" class="long" type="password" name="token" autofocus required '
        'autocomplete="current-password">'
        f'<input type="hidden" name="next" value="{escape(following, quote=True)}">'
        "<button>Sign in</button></form>",
    )


def _alert(problem: str) -> str:
    return f'<p role="alert">{escape(problem[:1].upper() + problem[1:])}.</p>' if problem else ""
