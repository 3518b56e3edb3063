"""What schemathesis needs to know of this server: how to get in, and how to
put back what a test case took away (the session, the vault, its lock).

`cargo xtask schemathesis` sets the variables that are read here.
"""

import os
import re
import subprocess
import uuid

import requests
import schemathesis
from requests.adapters import HTTPAdapter

URL = os.environ["LOCKSTEP_URL"]
SERVER = os.environ["LOCKSTEP_SERVER"]
DATA = os.environ["LOCKSTEP_DATA"]
ADMIN_TOKEN = os.environ["LOCKSTEP_ADMIN_TOKEN"]
DEVICE_ID = str(uuid.uuid4())
SLOT_LIST = "AAAA"
UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[47][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}\Z")


class OwnAddress(HTTPAdapter):
    """Another address than schemathesis', whose failed sign-ins are counted."""

    def init_poolmanager(self, *args, **kwargs):
        kwargs["source_address"] = ("127.0.0.9", 0)
        super().init_poolmanager(*args, **kwargs)


WEB = requests.Session()
WEB.mount("http://", OwnAddress())
WEB.trust_env = False


def sign_in():
    """Signs in by a link of the command line; the cookie stays in `WEB`."""
    said = subprocess.run(
        [SERVER, "link", "--data", DATA], capture_output=True, check=True, text=True
    ).stdout
    WEB.cookies.clear()
    body = {
        "link": said.split("Sign in: ")[1].strip(),
        "device_id": DEVICE_ID,
        "device_name": "schemathesis",
    }
    WEB.post(f"{URL}/api/session", json=body, timeout=30).raise_for_status()


def prepare():
    """A live session, and a vault that is there and not locked."""
    answer = WEB.get(f"{URL}/api/vault", timeout=30)
    if answer.status_code == 401:
        sign_in()
        answer = WEB.get(f"{URL}/api/vault", timeout=30)
    if answer.status_code == 404:
        body = {
            "vault_id": str(uuid.uuid4()),
            "policy_version": 1,
            "slot_list": SLOT_LIST,
            "slots_generation": 1,
        }
        answer = WEB.post(f"{URL}/api/vault", json=body, timeout=30)
    answer.raise_for_status()
    vault = answer.json()
    if vault["lock"] is not None:
        WEB.post(f"{URL}/api/vault/unlock", json={}, timeout=30).raise_for_status()
    return vault


@schemathesis.auth(refresh_interval=None)
class Door:
    """The session, or the administrator's token, as the operation asks."""

    def get(self, case, ctx):
        del ctx
        prepare()
        schemes = case.operation.definition.raw.get("security", [])
        return next((name for scheme in schemes for name in scheme), None)

    def set(self, case, data, ctx):
        del ctx
        if data == "administrator":
            case.headers["Authorization"] = f"Bearer {ADMIN_TOKEN}"
        elif data is not None:
            case.cookies["lockstep_session"] = WEB.cookies["lockstep_session"]


def is_count(value):
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def without_fractions(value):
    """`1.0` is a whole number to JSON Schema, and is none to this server."""
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, list):
        return [without_fractions(item) for item in value]
    if isinstance(value, dict):
        return {key: without_fractions(item) for key, item in value.items()}
    return value


def with_known_ids(body):
    """Half of the ids are those that the server knows, else little is reached."""
    known = None
    for name in ("vault_id", "device_id", "server_epoch"):
        value = body.get(name)
        if isinstance(value, str) and len(value) == 36 and value[35] in "02468ace":
            known = known or {**prepare(), "device_id": DEVICE_ID}
            body[name] = known[name]


def with_what_no_schema_says(body):
    """The next epoch is the next; no two recovery codes have one id."""
    if is_count(body.get("from_epoch")) and is_count(body.get("to_epoch")):
        body["from_epoch"] = min(body["from_epoch"], 2**32 - 2)
        body["to_epoch"] = body["from_epoch"] + 1
    codes = body.get("codes")
    for code in codes if isinstance(codes, list) else []:
        if isinstance(code, dict) and UUID.match(str(code.get("credential_id"))):
            code["credential_id"] = str(uuid.uuid4())


@schemathesis.hook
def before_call(ctx, case, kwargs):
    """What is wrong in a body on purpose stays so."""
    del ctx, kwargs
    case.body = without_fractions(case.body)
    if isinstance(case.body, dict):
        with_known_ids(case.body)
        with_what_no_schema_says(case.body)
