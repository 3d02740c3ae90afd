"""No text in an address makes a page fail: what the database cannot hold is left out."""

from __future__ import annotations

import pytest


@pytest.mark.parametrize(
    "address",
    [
        "/?q=%00",
        "/?q=T%C3%A2n%00Khai",
        "/answer?parcel=%00",
        "/?lon=%00&lat=1",
        "/maps/fabric?commune=%00",
        "/maps/planning?left=%00&right=a",
        "/maps/fabric/overlaps.geojson?commune=%00",
        "/maps/fabric/overlaps.geojson?commune=%F0%9F%8C%BE",
        "/problems/%00",
        "/parcels/%00",
    ],
)
def test_odd_text_gets_an_answer(client, address: str):
    assert client.get(address).status_code < 500
