"""Which cameras the twin town has: names, titles in four languages, places. Cheap to import: nothing is rendered here.

The town is modelled on Izmail (45.35 N 28.84 E) and Tulcea (45.17 N 28.79 E) on the two banks of the Danube; the places are
plausible, not surveyed.
"""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

MOST_CAMERAS = 200
LANGUAGES = ("en", "bg", "uk", "ro")


@dataclass(frozen=True, slots=True)
class Place:
    """One scene's public face. `titles` follow the order of `LANGUAGES`; degrees are WGS 84."""

    scene: str
    titles: tuple[str, str, str, str]
    latitude: float
    longitude: float


PLACES: tuple[Place, ...] = (
    Place(
        "junction",
        (
            "Independence Avenue junction, Izmail",
            "Кръстовище на проспект „Независимост“, Измаил",
            "Перехрестя проспекту Незалежності, Ізмаїл",
            "Intersecția bulevardului Independenței, Izmail",
        ),
        45.35120,
        28.83610,
    ),
    Place(
        "crossing",
        (
            "School crossing on Isaccei Street, Tulcea",
            "Пешеходна пътека пред училището на улица „Исакча“, Тулча",
            "Пішохідний перехід біля школи, вулиця Ісакчей, Тульча",
            "Trecerea de pietoni de la școală, strada Isaccei, Tulcea",
        ),
        45.17630,
        28.79540,
    ),
    Place(
        "market",
        (
            "Market square, Izmail",
            "Пазарният площад, Измаил",
            "Ринкова площа, Ізмаїл",
            "Piața centrală, Izmail",
        ),
        45.34780,
        28.84090,
    ),
    Place(
        "river",
        (
            "Danube promenade, Tulcea",
            "Крайдунавската алея, Тулча",
            "Набережна Дунаю, Тульча",
            "Faleza Dunării, Tulcea",
        ),
        45.17980,
        28.80350,
    ),
    Place(
        "bus_stop",
        (
            "Hospital bus stop, Izmail",
            "Автобусна спирка „Болницата“, Измаил",
            "Автобусна зупинка «Лікарня», Ізмаїл",
            "Stația de autobuz Spital, Izmail",
        ),
        45.35460,
        28.84480,
    ),
    Place(
        "bridge",
        (
            "Canal bridge, Tulcea",
            "Мостът над канала, Тулча",
            "Міст через канал, Тульча",
            "Podul peste canal, Tulcea",
        ),
        45.17120,
        28.78230,
    ),
    Place(
        "pedestrian_street",
        (
            "Peace Street, pedestrian zone, Tulcea",
            "Улица „Мир“, пешеходна зона, Тулча",
            "Вулиця Миру, пішохідна зона, Тульча",
            "Strada Păcii, zonă pietonală, Tulcea",
        ),
        45.17870,
        28.79910,
    ),
    Place(
        "car_park",
        (
            "Port car park, Izmail",
            "Паркингът на пристанището, Измаил",
            "Автостоянка біля порту, Ізмаїл",
            "Parcarea portului, Izmail",
        ),
        45.34260,
        28.83220,
    ),
)


@dataclass(frozen=True, slots=True)
class SimulatedCamera:
    """A camera as an operator would register it. `title` by language code; paths are those of the RTSP server."""

    name: str
    scene: str
    title: dict[str, str]
    latitude: float
    longitude: float
    main_path: str
    sub_path: str


def catalogue(cameras: int = 8, seed: int = 1) -> list[SimulatedCamera]:
    """Name the first `cameras` cameras. Past the eighth the scenes come again, a street further on and numbered.

    Raises ValueError, with a sentence for a person, when `cameras` is not within 1 to 200.
    """
    if not 1 <= cameras <= MOST_CAMERAS:
        raise ValueError(f"The number of cameras must be between 1 and {MOST_CAMERAS}, not {cameras}.")
    listed = []
    for index in range(cameras):
        place, again = PLACES[index % len(PLACES)], index // len(PLACES)
        moved = Random(f"{seed}:{index}")  # noqa: S311  # a position on a map of an invented town
        north, east = (moved.uniform(-0.004, 0.004) if again else 0.0 for _ in range(2))
        ending = f" · {again + 1}" if again else ""
        name = f"cam{index + 1}"
        listed.append(
            SimulatedCamera(
                name=name,
                scene=place.scene,
                title={language: title + ending for language, title in zip(LANGUAGES, place.titles, strict=True)},
                latitude=round(place.latitude + north, 6),
                longitude=round(place.longitude + east, 6),
                main_path=f"/{name}/main",
                sub_path=f"/{name}/sub",
            )
        )
    return listed
