"""Where slips may be pushed to, how a push is signed, and when it is tried again."""

from __future__ import annotations

from base64 import b64encode
from ipaddress import ip_network

import pytest
from landsvc.finance.hooks import rules


@pytest.mark.parametrize(
    ("address", "is_fit"),
    [
        ("https://tax.example.org/slips?x=1", True),
        ("https://tax.example.org:8443", True),
        ("https://10.1.2.3/slips", True),  # refused when it is sent, unless the network is allowed
        ("http://127.0.0.1:8099/slips", True),
        ("http://[::1]:8099/slips", True),
        ("http://localhost/slips", True),
        ("http://tax.example.org/slips", False),
        ("http://127.0.0.1.example.org/", False),
        ("https://user:word@tax.example.org/", False),
        ("https://tax.example.org/#here", False),
        ("https://tax.example.org\\@evil.example/", False),
        ("https:///slips", False),
        ("https://tax.example.org:99999/", False),
        ("https://tax.example.org/a b", False),
        ("https://tax.example.org/\r\nX: y", False),
        ("https://thuế.example.org/", False),
        ("ftp://tax.example.org/", False),
        ("https://tax.example.org/" + "a" * 500, False),
    ],
)
def test_slips_go_over_https_or_to_this_machine(address, is_fit):
    assert (rules.parts_of(address) is not None) == is_fit


@pytest.mark.parametrize(
    ("host", "found", "may"),
    [
        ("tax.example.org", "203.0.114.7", True),
        ("tax.example.org", "2606:4700::1", True),
        ("tax.example.org", "10.20.3.4", True),  # the network the office allowed
        ("tax.example.org", "::ffff:10.20.3.4", True),
        ("tax.example.org", "10.21.3.4", False),
        ("tax.example.org", "127.0.0.1", False),
        ("tax.example.org", "::1", False),
        ("tax.example.org", "::ffff:127.0.0.1", False),
        ("tax.example.org", "64:ff9b::7f00:1", False),
        ("tax.example.org", "2002:7f00:1::", False),
        ("tax.example.org", "169.254.169.254", False),
        ("tax.example.org", "192.168.1.1", False),
        ("tax.example.org", "100.64.0.1", False),
        ("tax.example.org", "0.0.0.0", False),
        ("tax.example.org", "224.0.0.1", False),
        ("tax.example.org", "fe80::1%eth0", False),
        ("tax.example.org", "fd00::1", False),
        ("localhost", "127.0.0.1", True),
        ("localhost", "10.20.3.4", False),
    ],
)
def test_no_name_leads_into_our_own_network(host, found, may):
    assert rules.may_reach(host, found, (ip_network("10.20.0.0/16"),)) == may


def test_pauses_double_with_some_chance_up_to_four_hours_and_end_within_a_day():
    assert [rules.delay_s(n, 0, 0.5) for n in (1, 2, 3)] == [5, 10, 20]
    assert [rules.delay_s(1, 0, chance) for chance in (0, 1)] == pytest.approx([4, 6])
    assert rules.delay_s(1000, 0, 0.5) == 4 * 3600
    waited, tries = 0.0, 0
    while (pause := rules.delay_s(tries := tries + 1, waited, 0.5)) is not None:
        waited += pause
    assert 16 <= tries <= 20
    assert 20 * 3600 <= waited <= 24 * 3600
    assert rules.delay_s(1, 0, 0.5, asked_s=600) == 600
    assert rules.delay_s(1, 0, 0.5, asked_s=10**9) == 4 * 3600


def test_a_push_is_signed_as_standard_webhooks_says():
    # The example of the published libraries.
    secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
    body = b'{"test": 2432232314}'
    signed = rules.signature(secret, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, body)
    assert signed == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
    other = "whsec_" + b64encode(b"x" * 32).decode()
    both = rules.signatures([other, secret], "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, body).split(" ")
    assert both[1] == signed
    assert len(set(both)) == 2
