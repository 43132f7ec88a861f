"""Which texts plates carry: series by country, after the public rules of registration, and how often a street sees which country.

A pattern is written in signs: `@` one of the series' heads (region, county, district), `#` a digit, `1` a digit from 1 to 9 (no leading
zero), `?` one of the series' letters, `!` one of its first letters; anything else stands for itself.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from random import Random

from citysquare.simulator.drawing.plates.plate import Plate

Mix = Mapping[str, float]
IZMAIL: Mix = {"UA": 0.86, "MD": 0.06, "RO": 0.05, "BG": 0.02, "PL": 0.01}
TULCEA: Mix = {"RO": 0.85, "BG": 0.05, "UA": 0.04, "MD": 0.04, "DE": 0.01, "IT": 0.01}
BORDER: Mix = {
    "UA": 0.35,
    "RO": 0.28,
    "MD": 0.15,
    "BG": 0.06,
    "PL": 0.04,
    "DE": 0.03,
    "TR": 0.03,
    "SK": 0.015,
    "HU": 0.015,
    "CZ": 0.01,
    "AT": 0.01,
    "IT": 0.005,
    "FR": 0.005,
    "LT": 0.005,
}
_UA = (
    "AA KA AB KB AC KC AE KE AH KH AI KI AK KK AM KM AO KO AP KP AT KT AX KX BA HA BB HB BC HC BE HE BH HH BI HI BK HK BM HM BO HO "
    "BT HT BX HX CA IA CB IB CE IE CH IH"
)
_RO = "AB AG AR BC BH BN BR BT BV BZ CJ CL CS CT CV DB DJ GJ GL GR HD HR IF IL IS MH MM MS NT OT PH SB SJ SM SV TL TM TR VL VN VS"
_BG = "A B BH BP BT C CA CB CC CH CM CO CT E EB EH H K KH M OB P PA PB PK PP T TX X Y"
_MD_OLD = "C K AN BE BR BS CL CM CR CS CT CU DN DR DS ED FL FR FS GE GL HN IL NS OC OR RS RZ SD SG SL SR ST SV TL TR UN"
_SK = "BA BB BJ BL BN BR BS BY CA DK DS GA GL HC HE IL KA KE KK KM KN KS LC LE LM LV MA MI ML MT MY NM NR NZ PB PD PE PK PN PO PP PT"
_PL2 = "BI CB CT DW EL EP EZ FG FZ GA GD KR KN KT LU LZ NO OP PO PK RP RZ RT SB SC SK TK WA WB WE WF WI WX WY ZK ZS"
_PL3 = "BAU CIN DSW DTR ELC EPJ FSU GDA GWE KBR KWI LHR LPU NEL OPO PGN PZL RJA RPR RZE SBI SCI TKI TOS WPR WOT WGM ZGR ZSW"
_DE = (
    "B M HH K F S D N L H DD HB DO E KA MA FR UL KN RV A R WÜ FÜ TÜ LÖ GÖ PB MS KI HL HRO SN BRB P CB OHZ STD ROW MÜR KÖT LÜN GÜT MTK HG OF"
)
_AT = "W G L S I K P SB LL GU BN BL MD NK KS SL IL VL"
_HR = "ZG ST RI OS PU ZD SK VU VK SB VZ DU KA"
_RS = "BG NS NI SU KG ZR PA SO VR VA"
_NO_I_O_Q = "ABCDEFGHJKLMNPRSTUVWXYZ"
_SIV = "ABCDEFGHJKLMNPQRSTVWXYZ"  # France and Italy leave out what may be taken for a digit or another letter
_CYRILLIC = "ABCEHIKMOPTX"
_PL = "ACEFGHJKLMNPRSTUVWXY"
_TR = "ABCDEFGHIJKLMNOPRSTUVYZ"


@dataclass(frozen=True, slots=True)
class Series:
    """A country's series: patterns, how often, heads and letters, and the style its plates are drawn in."""

    patterns: tuple[str, ...]
    share: float = 1.0
    heads: tuple[str, ...] = ()
    letters: str = _NO_I_O_Q
    first: str = _NO_I_O_Q
    style: str = ""


_TURKISH = tuple(f"{province:02d}" for province in range(1, 82))
SERIES: dict[str, tuple[Series, ...]] = {
    "UA": (
        Series(("@ #### ??",), 0.80, ("BH", "HH") * 20 + tuple(_UA.split()), _CYRILLIC),
        Series(("@ #### ??",), 0.06, tuple(_UA.split()), _CYRILLIC, style="electric"),
        Series(("@ #### ??",), 0.05, ("BH", "HH"), _CYRILLIC, style="taxi"),
        Series(("###-## OA", "###-## OB"), 0.09, (), style="old"),
    ),
    "RO": (
        Series(("@ ## !??",), 0.9, ("TL",) * 40 + ("GL", "BR", "CT") * 8 + tuple(_RO.split()), "ABCDEFGHIJKLMNOPRSTUVWXYZ"),
        Series(("B ## !??", "B 1## !??"), 0.1, (), "ABCDEFGHIJKLMNOPRSTUVWXYZ"),
    ),
    "BG": (Series(("@ #### ??",), 1.0, tuple(_BG.split()), "ABCEHKMOPTXY"),),
    "MD": (Series(("??? ###",), 0.8), Series(("@ ?? 1##", "@ ?? 1#"), 0.2, tuple(_MD_OLD.split()), style="old")),
    "SK": (Series(("@ ### ??",), 1.0, tuple(_SK.split()), "ABCDEFGHIJKLMNOPRSTUVXYZ"),),
    "PL": (
        Series(("@ #####", "@ ####?", "@ ###??", "@ 1?###", "@ 1??##"), 0.6, tuple(_PL2.split()), _PL),
        Series(("@ ?###", "@ ##??", "@ 1?##", "@ ##?1", "@ #####", "@ ####?"), 0.4, tuple(_PL3.split()), _PL),
    ),
    "DE": (
        Series(("@ ?? 1##", "@ ? 1###", "@ ?? 1#", "@ ? 1##"), 0.92, tuple(_DE.split()), "ABCDEFGHIJKLMNOPQRSTUVWXYZ"),
        Series(("@ ?? 1##E", "@ ? 1##E", "@ ?? 1#H"), 0.08, tuple(_DE.split()), "ABCDEFGHIJKLMNOPQRSTUVWXYZ"),
    ),
    "TR": (Series(("@ ? ####", "@ ?? ###", "@ ?? ####", "@ ??? ##", "@ ??? ###"), 1.0, ("34", "06", "35", "16") * 12 + _TURKISH, _TR),),
    "HU": (
        Series(("???-###",), 0.6, (), "ABCDEFGHIJKLMNOPRSTUVWXYZ", style="old"),
        Series(("AA ?? ###",), 0.4, (), "ABCDEFGHIJKLMNOPRSTUVWXYZ"),
    ),
    "CZ": (Series(("1!? ####", "1!# ####"), 1.0, (), "ABCDEFHIJKLMNPRSTUVXYZ", "ABCEHJKLMPSTUZ"),),
    "AT": (Series(("@ 1##??", "@ 1####?", "@ 1###?"), 1.0, tuple(_AT.split()), "ABCDEFGHJKLMNPRSTUVWXYZ"),),
    "FR": (Series(("??-###-??",), 1.0, (), _SIV),),
    "IT": (Series(("?? ### ??",), 1.0, (), _SIV),),
    "ES": (Series(("#### ???",), 1.0, (), "BCDFGHJKLMNPRSTVWXYZ"),),
    "GR": (Series(("???-1###",), 1.0, (), "ABEZHIKMNOPTYX"),),
    "HR": (Series(("@ ###-??", "@ ####-??", "@ ####-?"), 1.0, tuple(_HR.split())),),
    "RS": (Series(("@ ###-??", "@ ####-??"), 1.0, tuple(_RS.split())),),
    "LT": (Series(("??? ###",), 1.0),),
    "LV": (Series(("??-1###", "??-1##"), 1.0),),
    "EE": (Series(("### ???",), 1.0),),
    "BE": (Series(("1-???-###",), 1.0),),
    "LU": (Series(("?? ####",), 1.0),),
    "GB": (Series(("@## ???",), 1.0, ("LA", "LK", "BD", "KX", "MA", "YK", "SF", "GN"), "ABCDEFGHJKLMNPRSTUVWXY"),),
}
_FORBIDDEN = {"HJ", "KZ", "NS", "SA", "SS"}  # pairs of letters Germany does not give out


def _written(random: Random, country: str, series: Series) -> str:
    pattern = random.choice(series.patterns)
    signs = {
        "@": lambda: random.choice(series.heads),
        "#": lambda: random.choice("0123456789"),
        "1": lambda: random.choice("123456789"),
        "?": lambda: random.choice(series.letters),
        "!": lambda: random.choice(series.first),
    }
    while True:
        text = "".join(signs[sign]() if sign in signs else sign for sign in pattern)
        digits = [sign for sign in text if sign.isdigit()]
        german = country != "DE" or (len(text.replace(" ", "")) <= 8 and text.split(" ")[1] not in _FORBIDDEN)
        if any(sign != "0" for sign in digits) and german and not _all_zero_groups(text):
            return text


def _all_zero_groups(text: str) -> bool:
    """No register gives out the number nought."""
    return any(group and set(group) == {"0"} for group in text.replace("-", " ").split(" "))


def draw_lots(random: Random, mix: float | Mix, kind: str = "car", split: str = "show") -> Plate | None:
    """Invent a plate for a vehicle of class `kind`; None for a bicycle, which has none.

    `mix` gives each country's share (they need not sum up to 1); a single number is the share of Ukraine, the rest is Romania's.
    """
    if kind == "bicycle":
        return None
    shares = {"UA": mix, "RO": 1.0 - mix} if isinstance(mix, float | int) else mix
    country = random.choices(list(shares), list(shares.values()))[0]
    series = random.choices(SERIES[country], [each.share for each in SERIES[country]])[0]
    text = _written(random, country, series)
    two = kind == "motorcycle" or random.random() < {"truck": 0.3, "van": 0.05}.get(kind, 0.015)
    return Plate(country, text, 2 if two else 1, series.style, f"{split}{random.randrange(12)}", small=kind == "motorcycle")
