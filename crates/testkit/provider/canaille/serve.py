"""Canaille for the people and clients in `options.json` of the folder that is the one argument.

It serves at the socket that is its standard input.
"""

import datetime
import json
import pathlib
import secrets
import sys

from canaille import create_app
from canaille.app import models
from canaille.backends import Backend
from werkzeug.serving import make_server

LISTENING_SOCKET = 0


def main(folder):
    options = json.loads((folder / "options.json").read_text(encoding="utf-8"))
    scheme, address = options["issuer"].split("://")
    host, port = address.split(":")
    app = create_app(
        {
            "SECRET_KEY": secrets.token_hex(32),
            "SERVER_NAME": address,
            "PREFERRED_URL_SCHEME": scheme,
            "LANGUAGE": "en",
            # Empty, so that it asks for consent: it trusts loopback addresses otherwise.
            "CANAILLE_OIDC": {"TRUSTED_DOMAINS": []},
            "CANAILLE": {"DATABASE": "memory", "JAVASCRIPT": False, "HTMX": False, "ENABLE_PASSWORD_RECOVERY": False},
        }
    )
    with app.app_context():
        Backend.instance.install(app)
        add_people(options["people"])
        for client in options["clients"]:
            add_client(client)
    make_server(host, int(port), app, threaded=True, fd=LISTENING_SOCKET).serve_forever()


def add_people(people):
    members = {}
    for person in people:
        user = models.User(
            user_name=person["username"],
            password=person["password"],
            formatted_name=person["name"],
            display_name=person["name"],
            family_name=person["name"],
            emails=[person["email"]],
        )
        Backend.instance.save(user)
        for group in person["groups"]:
            members.setdefault(group, []).append(user)
    for name, users in members.items():
        Backend.instance.save(models.Group(display_name=name, members=users))


def add_client(metadata):
    client = models.Client(
        client_name=metadata["client_id"],
        client_id_issued_at=datetime.datetime.now(datetime.timezone.utc),
        contacts=[],
        response_types=["code"],
        scope=["openid", "profile", "email", "groups", "offline_access"],
        **metadata,
    )
    Backend.instance.save(client)
    client.audience = [client]
    Backend.instance.save(client)


main(pathlib.Path(sys.argv[1]))
