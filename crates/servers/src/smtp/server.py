"""A mail server of a test: keeps each mail as a file, answers the next commands as it is told, and lets in one user."""

import asyncio
import json
import ssl
import sys
from pathlib import Path

from aiosmtpd.smtp import SMTP, AuthResult, LoginPassword

said = json.loads(sys.argv[1])
mails, answers = Path("mails"), Path("answers")


def told():
    """The answer that the test wants now, if it wants one; each is given once."""
    lines = answers.read_text().splitlines() if answers.exists() else []
    if not lines:
        return None
    answers.write_text("".join(line + "\n" for line in lines[1:]))
    return lines[0]


class Keep:
    """What happens to a mail."""

    async def handle_RCPT(self, server, session, envelope, address, options):
        answer = told()
        if answer == "silence":
            await asyncio.sleep(3600)
        if answer:
            return answer
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        kept = len(list(mails.iterdir()))
        beside = Path(f"mail-{kept}")
        beside.write_bytes(envelope.original_content)
        beside.rename(mails / f"{kept:06}.eml")
        return "250 kept"


def knows(server, session, envelope, mechanism, data):
    right = isinstance(data, LoginPassword) and (data.login.decode(), data.password.decode()) == (said["user"], said["secret"])
    return AuthResult(success=right, handled=False)


def made():
    tls = None
    if said["tls"] == "starttls":
        tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        tls.load_cert_chain("cert.pem", "key.pem")
    login = said["tls"] != "none"
    return SMTP(
        Keep(), hostname="localhost", data_size_limit=None, tls_context=tls, require_starttls=tls is not None,
        auth_required=login, auth_require_tls=tls is not None, authenticator=knows, loop=asyncio.get_running_loop(),
    )


async def main():
    whole = None
    if said["tls"] == "tls":
        whole = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        whole.load_cert_chain("cert.pem", "key.pem")
    server = await asyncio.get_running_loop().create_server(made, "127.0.0.1", said["port"], ssl=whole)
    Path("ready").touch()
    await server.serve_forever()


mails.mkdir(exist_ok=True)
asyncio.run(main())
