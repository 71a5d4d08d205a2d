"""Webhooks signed with the carriers' libraries for Python, written as vectors (shared/carriers/tests/vectors/README.md).

Where a library only verifies, the webhook is signed here and the library is asked. Each is then written again with single
bytes of the body changed, and the library asked about those where it verifies: none of them may be believed.
"""

import base64
import hashlib
import hmac
import json
import os
import pathlib
import random
import time
from urllib.parse import parse_qsl, urlencode

import jwt
from bird._exceptions import WebhookVerificationError as BirdError
from bird.resources import webhooks as bird
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from messagebird.error import ValidationError
from messagebird.request_validator import RequestValidator as MessageBirdValidator
from plivo.utils import signature_v3
from sinch.domains.authentication.sinch_events.v1 import authentication_validation as sinch
from telnyx.lib import webhook_verification as telnyx
from twilio.request_validator import RequestValidator as TwilioValidator
from vonage_http_client.auth import Auth
from vonage_jwt.verify_jwt import verify_signature

NOW = int(time.time())
URL = "https://hooks.example.com/v1/carriers/carrier/gateway/inbound"
TEXTS = ["Hello", "Are you open? Ünïcødé, 🎉 & = + %", "STOP", "a" * 1_600, "two\nlines"]
SECRET = "a secret of more than 32 bytes, made for this run"
FORM = "application/x-www-form-urlencoded"
JSON = "application/json"
dice = random.Random(NOW)


def changed(body):
    """The body with one byte of it changed, for some places; still ASCII, so that it stays a text."""
    for place in dice.sample(range(len(body)), min(12, len(body))):
        other = "x" if body[place] != "x" else "y"
        yield body[:place] + other + body[place + 1:]


class Vectors:
    def __init__(self, carrier, credentials):
        self.carrier, self.credentials, self.rows = carrier, credentials, []

    def add(self, headers, body, believed, url=URL, same=lambda one, other: one == other):
        """`believed` asks the library about a body; `same`: whether two bodies say the same, so that one proves the other."""
        assert believed(body), f"{self.carrier}: its library does not believe {body[:60]!r}"
        bodies = [(body, True)] + [(it, False) for it in changed(body) if not same(it, body)]
        for it, valid in bodies:
            assert believed(it) == valid, f"{self.carrier}: its library believes a changed body: {it[:60]!r}"
            self.rows.append({
                "name": f"{self.carrier} {len(self.rows)}", "credentials": self.credentials, "url": url,
                "method": "POST", "headers": headers, "body": it, "now": NOW, "valid": valid,
            })

    def write(self):
        path = pathlib.Path(os.environ["SDK_OUT"]) / f"{self.carrier}.json"
        path.write_text(json.dumps(self.rows))
        valid = sum(row["valid"] for row in self.rows)
        print(f"{self.carrier}: {valid} signed, {len(self.rows) - valid} changed by a byte")


def pairs(body):
    return dict(parse_qsl(body, keep_blank_values=True))


def same_pairs(one, other):
    return sorted(parse_qsl(one, keep_blank_values=True)) == sorted(parse_qsl(other, keep_blank_values=True))


def twilio():
    out, validator = Vectors("twilio", {"account_sid": "AC" + "0" * 32, "auth_tokens": [SECRET]}), TwilioValidator(SECRET)
    for text in TEXTS:
        fields = {"MessageSid": "SM" + "1" * 32, "From": "+12125550123", "To": "+12025550100", "Body": text}
        signature = validator.compute_signature(URL, fields)
        out.add([["content-type", FORM], ["x-twilio-signature", signature]], urlencode(fields),
                lambda body: validator.validate(URL, pairs(body), signature), same=same_pairs)
    out.write()


def plivo():
    out, nonce = Vectors("plivo", {"auth_id": "MA" + "0" * 18, "auth_tokens": [SECRET]}), "12345678901234567890"
    for text in TEXTS:
        fields = {"MessageUUID": "u-1", "From": "12125550123", "To": "12025550100", "Text": text, "Type": "sms"}
        signed = signature_v3.construct_post_url(URL, dict(fields)).decode()
        signature = signature_v3.get_signature_v3(SECRET.encode(), signed, nonce).decode()
        believed = lambda body: signature_v3.validate_v3_signature("POST", URL, nonce, SECRET, signature, pairs(body))
        # The names and values are signed in a row: moving the border between two of them is not seen.
        run = lambda body: "".join(name + value for name, value in sorted(pairs(body).items()))
        out.add([["content-type", FORM], ["x-plivo-signature-v3", signature], ["x-plivo-signature-v3-nonce", nonce]],
                urlencode(fields), believed, same=lambda one, other: run(one) == run(other))
    out.write()


def vonage_sms():
    rows = []
    for method in ["md5", "sha1", "sha256", "sha512"]:
        out = Vectors("vonage_sms", {
            "api_key": "abcd1234", "api_secret": "secret", "signature_secrets": [SECRET], "signature_method": method})
        auth = Auth(api_key="abcd1234", signature_secret=SECRET, signature_method=method)
        for text in TEXTS:
            fields = {"msisdn": "12125550123", "to": "12025550100", "messageId": "m-1", "type": "text", "text": text,
                      "timestamp": str(NOW)}
            fields["sig"] = auth.sign_params(dict(fields))
            run = lambda body: sorted((n, v.replace("&", "_").replace("=", "_")) for n, v in pairs(body).items())
            out.add([["content-type", FORM]], urlencode(fields), lambda body: auth.check_signature(pairs(body)),
                    same=lambda one, other: run(one) == run(other))
        rows += out.rows
    out.rows = rows
    out.write()


def vonage():
    out = Vectors("vonage", {"api_key": "abcd1234", "api_secret": "secret", "signature_secrets": [SECRET]})
    for text in TEXTS:
        body = json.dumps({"message_uuid": "m-1", "from": "12125550123", "text": text})
        hashed = lambda it: hashlib.sha256(it.encode()).hexdigest()
        token = jwt.encode({"iat": NOW, "jti": "j-1", "payload_hash": hashed(body)}, SECRET, algorithm="HS256")
        # The library looks at the token only; that the hash in it is the body's is for its caller to see.
        out.add([["content-type", JSON], ["authorization", f"Bearer {token}"]], body,
                lambda it: verify_signature(token, SECRET) and hashed(it) == hashed(body))
    out.write()


def telnyx_():
    key = Ed25519PrivateKey.generate()
    public = base64.b64encode(key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)).decode()
    out = Vectors("telnyx", {"api_key": "KEY0", "public_keys": [public]})
    for text in TEXTS:
        body = json.dumps({"data": {"event_type": "message.received", "payload": {"text": text}}})
        signature = base64.b64encode(key.sign(f"{NOW}|{body}".encode())).decode()
        headers = {"telnyx-signature-ed25519": signature, "telnyx-timestamp": str(NOW)}

        def believed(it):
            try:
                telnyx.verify_webhook_signature(it, headers, public)
                return True
            except telnyx.WebhookVerificationError:
                return False

        out.add([["content-type", JSON], *map(list, headers.items())], body, believed)
    out.write()


def sinch_():
    out = Vectors("sinch", {
        "region": "us", "service_plan_id": "plan", "api_token": "token", "webhook_secrets": [SECRET]})
    for text in TEXTS:
        body, nonce = json.dumps({"type": "mo_text", "id": "m-1", "body": text}), "01FA8FKSYZXBWRZDDFE9VHZT4X"
        signed = sinch.compute_signed_data(body, nonce, str(NOW))
        headers = {
            "x-sinch-webhook-signature": sinch.calculate_sinch_event_signature(signed, SECRET),
            "x-sinch-webhook-signature-algorithm": "HmacSHA256",
            "x-sinch-webhook-signature-nonce": nonce,
            "x-sinch-webhook-signature-timestamp": str(NOW),
        }
        out.add([["content-type", JSON], *map(list, headers.items())], body,
                lambda it: sinch.validate_sinch_event_signature_with_nonce(SECRET, headers, it))
    out.write()


def bird_():
    key = b"a key of thirty-two bytes made n"
    secret = "whsec_" + base64.b64encode(key).decode()
    out = Vectors("bird", {"api_key": "bk_eu1_madeUpForTests", "signing_secrets": [secret]})
    for text in TEXTS:
        # A type that the library does not know: it then reads no more than the signature.
        body = json.dumps({"type": "test.made", "timestamp": "2026-03-01T12:00:00Z", "data": {"text": text}})
        signature = base64.b64encode(hmac.new(key, f"msg_1.{NOW}.{body}".encode(), hashlib.sha256).digest()).decode()
        headers = {"webhook-id": "msg_1", "webhook-timestamp": str(NOW), "webhook-signature": f"v1,{signature}"}

        def believed(it):
            try:
                bird._verify_and_parse(it.encode(), headers, secret, 300)
                return True
            except BirdError:
                return False

        out.add([["content-type", JSON], *map(list, headers.items())], body, believed)
    out.write()


def message_bird():
    out, validator = Vectors("message_bird", {"access_key": "k", "signing_keys": [SECRET]}), MessageBirdValidator(SECRET)
    for text in TEXTS:
        body = json.dumps({"id": "m-1", "originator": "12125550123", "body": text})
        claims = {
            "iss": "MessageBird", "nbf": NOW, "exp": NOW + 60, "jti": "j-1",
            "url_hash": hashlib.sha256(URL.encode()).hexdigest(),
            "payload_hash": hashlib.sha256(body.encode()).hexdigest(),
        }
        token = jwt.encode(claims, SECRET, algorithm="HS256")

        def believed(it):
            try:
                validator.validate_signature(token, URL, it.encode())
                return True
            except ValidationError:
                return False

        out.add([["content-type", JSON], ["messagebird-signature-jwt", token]], body, believed)
    out.write()


for carrier in [twilio, plivo, vonage_sms, vonage, telnyx_, sinch_, bird_, message_bird]:
    carrier()
