"""Tell Vietnamese words from the nonsense that text gives when it is read in a wrong encoding.

A syllable is an onset and a rhyme with one tone mark at its proper place; rhymes that end in c, ch, k, p or t take
only the acute and the dot. All syllables that can be spelt fit into one set, which hardly any misreading hits.
Source: the spelling rules of Vietnamese (chính tả), with both habits of placing the mark (hoà, hòa; thuý, thúy).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache

GRAVE, ACUTE, HOOK, TILDE, DOT = "\u0300", "\u0301", "\u0309", "\u0303", "\u0323"
TONES = (GRAVE, ACUTE, HOOK, TILDE, DOT)
_STOPPED = ("c", "ch", "k", "p", "t")
_VOWELS = "aăâeêioôơuưy"
_MARKED = "ăâêôơư"
_WORD = re.compile(r"(?:[^\W\d_][\u0300-\u036f]*)+")
_ONSETS = re.findall(
    r"\w*",
    "b c ch d đ g gh gi h k kh l m n ng ngh nh p ph qu r s t th tr v x bl br đr gr kr pl pr",
)
"""Onsets, and the empty one."""
_RHYMES = re.findall(
    r"\w+",
    """
a ac ach ai am an ang anh ao ap at au ay ak ăc ăm ăn ăng ăp ăt ăk âc âm ân âng âp ât âu ây âk
e ec em en eng eo ep et ê êch êm ên ênh êp êt êu êk i ia ich im in inh ip it iu iêc iêm iên iêng iêp iêt iêu
o oa oac oach oai oam oan oang oanh oao oap oat oay oăc oăm oăn oăng oăt oc oe oen oeo oet oi om on ong ooc
oong op ot ô ôc ôi ôm ôn ông ôp ôt ôk ơ ơi ơm ơn ơp ơt u ua uân uâng uât uây uc uê uêch uên uênh ui um un ung
uôc uôi uôm uôn uông uôp uôt uơ up ut uk uy uya uych uyên uyêt uyn uynh uyp uyt uyu ư ưa ưc ưi ưm ưng ươc ươi
ươm ươn ương ươp ươt ươu ưt ưu y yêm yên yêng yêt yêu
""",
)
_COMMON = frozenset(
    re.findall(
        r"\w+",
        """
ấp khóm tổ khu phố phường xã huyện thị trấn tỉnh quận thành đường quốc lộ hẻm ngõ thôn bản xóm làng chợ cầu số
đất ở tại đô nông trồng lúa lâu năm rừng sản thủy vườn cây hằng khác tờ thửa loại diện tích chủ sử dụng chi địa
bình phước đồng nai tây ninh tân phú long xuân lộc bù đăng gia mập đốp riềng chơn hớn lợi hưng hòa hoà an thuận
mỹ đức phú định quán biên trảng bom thống nhất nhơn trạch vĩnh cửu cẩm bến dầu tiếng gò châu dương minh châu
nguyễn trần lê phạm huỳnh hoàng phan vũ võ đặng bùi đỗ hồ ngô lý đinh đào trương lâm mai tô hà cao lưu tạ
văn đình hữu công quang bá ngọc kim hồng thanh thúy thuý hạnh hiền hùng dũng tuấn sơn hải nam bắc đông
và của cho ông bà hộ người các theo từ đến không có được này là với một hai ba bốn năm sáu bảy tám chín mười
trung tâm trường học ủy ban nhân dân công ty ty trách nhiệm hữu hạn cổ phần giáo xứ chùa nhà việt nam đội lập
trước sau trên dưới mới cũ lớn thượng hạ trị tiến thắng thạnh hiệp hội khánh điền đại tâm trí tín nghĩa lễ
""",
    )
)
"""Words of addresses, land and names: they decide between two readings that can both be spelt."""


@dataclass(frozen=True, order=True)
class Likeness:
    """How Vietnamese a text looks; greater is more."""

    spelt: float
    """Share of the words with accents that are Vietnamese syllables, 0 to 1."""
    common: float
    """Share of them that are common in addresses and names, 0 to 1."""


def likeness(texts: Iterable[str]) -> Likeness:
    """Return how Vietnamese texts look; nothing with accents is 0."""
    accented = spelt = common = 0
    for text in texts:
        for word in _WORD.findall(unicodedata.normalize("NFC", text).lower()):
            if not word.isascii():
                accented += 1
                spelt += word in _all_syllables()
                common += word in _COMMON
    return Likeness(spelt / accented, common / accented) if accented else Likeness(0.0, 0.0)


@cache
def _all_syllables() -> frozenset[str]:
    return frozenset(
        onset + rhyme
        for onset in _ONSETS
        for plain in _RHYMES
        if _goes_with(onset, plain)
        for rhyme in _toned(plain)
    ) | {"gì", "gỉ", "gí", "gị", "gĩ"}


def _goes_with(onset: str, rhyme: str) -> bool:
    """Tell whether the spelling allows an onset before a rhyme; loan words write k before any vowel."""
    front = rhyme[0] in "ieêy"
    if onset in {"gh", "ngh"}:
        return front
    if onset in {"c", "ng"}:
        return not front
    if onset == "qu":
        return rhyme[0] not in "uưoô" or rhyme in {"ôc", "ôn"}
    return True


def _toned(rhyme: str) -> Iterator[str]:
    """Yield a rhyme with each tone it can have, as NFC."""
    tones = (ACUTE, DOT) if rhyme.endswith(_STOPPED) else TONES
    yield rhyme
    for place in _places(rhyme):
        for tone in tones:
            yield unicodedata.normalize("NFC", rhyme[: place + 1] + tone + rhyme[place + 1 :])


def _places(rhyme: str) -> tuple[int, ...]:
    """Return the letters of a rhyme that may carry the tone."""
    marked = [at for at, letter in enumerate(rhyme) if letter in _MARKED]
    if marked:
        return (marked[-1],)
    vowels = [at for at, letter in enumerate(rhyme) if letter in _VOWELS]
    if vowels[-1] != len(rhyme) - 1:
        return (vowels[-1],)
    if len(vowels) == 3:
        return (1,)
    if rhyme in {"oa", "oe", "uy"}:
        return (0, 1)
    return (0,)
