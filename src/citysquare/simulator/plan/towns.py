"""The two towns: where their grids lie, what their streets are called, which blocks are parks or yards. Names: en|bg|uk|ro."""

# ruff: noqa: RUF001 -- Bulgarian and Ukrainian names are written in their own letters

from __future__ import annotations

from dataclasses import dataclass

from citysquare.simulator.plan.features import Frame, Metres


@dataclass(frozen=True, slots=True)
class Landmark:
    """A block with a purpose: its middle in the town's metres, its kind of land, what stands there."""

    at: Metres
    kind: str
    name: str


@dataclass(frozen=True, slots=True)
class TownFigures:
    """One town. Its grid has lines of equal x (cross streets) and of equal y (long streets), in the metres of its frame."""

    key: str
    local: str
    frame: Frame
    name: str
    seed: int
    middle: Metres
    reach: Metres
    """Half axes of the built-up ground."""
    xs: tuple[float, ...]
    """Streets that must be there, because scenes stand on them."""
    ys: tuple[float, ...]
    main_xs: tuple[float, ...]
    main_ys: tuple[float, ...]
    first_names: dict[tuple[str, float], str]
    street_names: tuple[str, ...]
    landmarks: tuple[Landmark, ...]
    quarters: tuple[tuple[Metres, str], ...]
    ways: tuple[tuple[str, str, tuple[Metres, ...]], ...]
    """Roads off the grid: kind, name, points."""


IZMAIL = TownFigures(
    key="izmail",
    local="uk",
    frame=Frame(45.3512, 28.8361, 31.0),
    name="Izmail|Измаил|Ізмаїл|Izmail",
    seed=11,
    middle=(150.0, -310.0),
    reach=(1500.0, 1420.0),
    xs=(0.0, 397.5),
    ys=(26.0, -88.0, -948.0, -1500.0),
    main_xs=(0.0, 397.5),
    main_ys=(26.0, -948.0),
    first_names={
        ("x", 0.0): "Independence Avenue|Проспект „Независимост“|Проспект Незалежності|Bulevardul Independenței",
        ("x", 397.5): "Hospital Street|Болнична улица|Лікарняна вулиця|Strada Spitalului",
        ("y", 26.0): "Cathedral Street|Катедрална улица|Соборна вулиця|Strada Catedralei",
        ("y", -88.0): "Market Street|Пазарна улица|Ринкова вулиця|Strada Pieței",
        ("y", -1500.0): "Embankment Street|Крайбрежна улица|Набережна вулиця|Strada Cheiului",
        ("y", -948.0): "Port Street|Пристанищна улица|Портова вулиця|Strada Portului",
    },
    street_names=(
        "Linden Street|Липова улица|Липова вулиця|Strada Teilor",
        "Garden Street|Градинска улица|Садова вулиця|Strada Grădinii",
        "Sailors' Street|Моряшка улица|Матроська вулиця|Strada Marinarilor",
        "Fortress Street|Крепостна улица|Фортечна вулиця|Strada Cetății",
        "Danube Street|Дунавска улица|Дунайська вулиця|Strada Dunării",
        "School Street|Училищна улица|Шкільна вулиця|Strada Școlii",
        "Station Street|Гарова улица|Вокзальна вулиця|Strada Gării",
        "Vineyard Street|Лозова улица|Виноградна вулиця|Strada Viilor",
        "Mill Street|Мелнична улица|Млинова вулиця|Strada Morii",
        "Quiet Street|Тиха улица|Тиха вулиця|Strada Liniștii",
        "Bulgarian Street|Българска улица|Болгарська вулиця|Strada Bulgară",
        "Acacia Street|Акациева улица|Акацієва вулиця|Strada Salcâmilor",
        "Shipyard Street|Корабостроителна улица|Корабельна вулиця|Strada Șantierului",
        "Meadow Street|Ливадна улица|Лугова вулиця|Strada Livezii",
        "Poplar Street|Тополова улица|Тополина вулиця|Strada Plopilor",
        "Well Street|Кладенчова улица|Криничная вулиця|Strada Fântânii",
    ),
    landmarks=(
        Landmark((200.0, 80.0), "park", "Cathedral Park|Катедрален парк|Соборний парк|Parcul Catedralei"),
        Landmark((460.0, 720.0), "hospital", "City Hospital|Градска болница|Міська лікарня|Spitalul Municipal"),
        Landmark((-330.0, 300.0), "school", "School No. 4|Училище № 4|Школа № 4|Școala nr. 4"),
        Landmark((-620.0, -420.0), "park", "Fortress Park|Парк „Крепостта“|Парк «Фортеця»|Parcul Cetății"),
        Landmark((-480.0, -420.0), "park", ""),
        Landmark((760.0, 220.0), "university", "University|Университет|Університет|Universitatea"),
        Landmark((860.0, -430.0), "pitch", "Stadium|Стадион|Стадіон|Stadionul"),
        Landmark((-150.0, -560.0), "school", "School No. 1|Училище № 1|Школа № 1|Școala nr. 1"),
        Landmark((-900.0, 260.0), "cemetery", "Old Cemetery|Старо гробище|Старий цвинтар|Cimitirul Vechi"),
    ),
    quarters=(
        ((-700.0, 620.0), "New Quarter|Нов квартал|Новий квартал|Cartierul Nou"),
        ((980.0, -160.0), "Garden Quarter|Градински квартал|Садовий квартал|Cartierul Grădinilor"),
        ((-760.0, -1050.0), "Fortress|Крепостта|Фортеця|Cetatea"),
        ((760.0, -1330.0), "Port|Пристанище|Порт|Portul"),
    ),
    ways=(
        (
            "minor_road",
            "Fortress Quay|Крепостен кей|Фортечна набережна|Cheiul Cetății",
            ((-60.0, -1500.0), (-420.0, -1760.0), (-667.0, -1938.0), (-775.0, -1956.0), (-1020.0, -1900.0), (-1240.0, -1760.0)),
        ),
        (
            "major_road",
            "Repida Street|Улица „Репида“|Вулиця Репідська|Strada Repida",
            (
                (-520.0, -1500.0),
                (-900.0, -1660.0),
                (-1240.0, -1760.0),
                (-1626.0, -1759.5),
                (-1736.0, -1760.5),
                (-2700.0, -1900.0),
                (-5200.0, -2300.0),
            ),
        ),
        (
            "minor_road",
            "Quay Street|Улица „Кея“|Портова набережна|Strada Cheiul Mare",
            ((0.0, -1560.0), (250.0, -1660.0), (472.0, -1642.0), (593.0, -1623.0), (640.0, -1560.0), (640.0, -1500.0)),
        ),
    ),
)

TULCEA = TownFigures(
    key="tulcea",
    local="ro",
    frame=Frame(45.1787, 28.7991, 338.0),
    name="Tulcea|Тулча|Тульча|Tulcea",
    seed=23,
    middle=(-120.0, -520.0),
    reach=(1500.0, 1060.0),
    xs=(45.0, 300.0),
    ys=(0.0, -120.0),
    main_xs=(300.0,),
    main_ys=(-120.0,),
    first_names={
        ("y", 0.0): "Peace Street|Улица „Мир“|Вулиця Миру|Strada Păcii",
        ("y", -120.0): "Harbour Street|Пристанищна улица|Портова вулиця|Strada Portului",
        ("x", 300.0): "Babadag Street|Улица „Бабадаг“|Вулиця Бабадаг|Strada Babadag",
    },
    street_names=(
        "Acacia Street|Акациева улица|Акацієва вулиця|Strada Salcâmilor",
        "Fishermen's Street|Рибарска улица|Рибальська вулиця|Strada Pescarilor",
        "Heron Street|Улица „Чапла“|Вулиця Чапель|Strada Bâtlanului",
        "Windmill Street|Улица „Вятърна мелница“|Вулиця Вітряків|Strada Morilor de Vânt",
        "Pelican Street|Улица „Пеликан“|Вулиця Пелікана|Strada Pelicanului",
        "Museum Street|Музейна улица|Музейна вулиця|Strada Muzeului",
        "Reed Street|Тръстикова улица|Очеретяна вулиця|Strada Stufului",
        "Hill Street|Хълмиста улица|Горбиста вулиця|Strada Colinei",
        "Sturgeon Street|Улица „Есетра“|Вулиця Осетрова|Strada Sturionului",
        "Delta Street|Улица „Делта“|Вулиця Дельти|Strada Deltei",
        "Willow Street|Върбова улица|Вербова вулиця|Strada Sălciilor",
        "Library Street|Библиотечна улица|Бібліотечна вулиця|Strada Bibliotecii",
        "Sunny Street|Слънчева улица|Сонячна вулиця|Strada Soarelui",
        "Quarry Street|Улица „Каменоломна“|Кар'єрна вулиця|Strada Carierei",
    ),
    landmarks=(
        Landmark((140.0, -220.0), "park", "Civic Park|Градски парк|Міський парк|Parcul Civic"),
        Landmark((-430.0, -230.0), "school", "Isaccei School|Училище „Исакча“|Школа Ісакчі|Școala Isaccei"),
        Landmark((620.0, -420.0), "park", "Monument Hill|Хълмът с паметника|Пагорб з пам’ятником|Colnicul Hora"),
        Landmark((740.0, -420.0), "park", ""),
        Landmark((-160.0, -640.0), "hospital", "County Hospital|Окръжна болница|Повітова лікарня|Spitalul Județean"),
        Landmark((-760.0, -520.0), "pitch", "Stadium|Стадион|Стадіон|Stadionul"),
        Landmark((320.0, -820.0), "cemetery", "Cemetery|Гробище|Цвинтар|Cimitirul"),
    ),
    quarters=(
        ((-760.0, -760.0), "Lake Quarter|Езерен квартал|Озерний квартал|Cartierul Lacului"),
        ((620.0, -760.0), "Hill Quarter|Хълмист квартал|Пагорбовий квартал|Cartierul Dealului"),
    ),
    ways=(
        (
            "minor_road",
            "Ferry Street|Улица „Фериботна“|Поромна вулиця|Strada Bacului",
            ((-413.0, 350.0), (-560.0, 600.0), (-640.0, 810.0), (-655.0, 940.0)),
        ),
        (
            "major_road",
            "Isaccei Street|Улица „Исакча“|Вулиця Ісакчі|Strada Isaccei",
            ((45.0, -120.0), (-200.0, -181.0), (-363.0, -140.0), (-470.0, -113.0), (-900.0, -5.0), (-1420.0, 60.0), (-2600.0, -60.0)),
        ),
        (
            "major_road",
            "Canal Street|Улица „Каналът“|Вулиця Канальна|Strada Canalului",
            (
                (-1420.0, 60.0),
                (-1470.0, -30.0),
                (-1534.0, -281.0),
                (-1560.0, -381.0),
                (-1640.0, -680.0),
                (-1900.0, -1400.0),
                (-2100.0, -2600.0),
            ),
        ),
    ),
)

TOWNS = (IZMAIL, TULCEA)
