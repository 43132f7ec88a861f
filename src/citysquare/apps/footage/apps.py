"""The room of looking."""

from django.apps import AppConfig
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from citysquare.platform import personal_data, tour
from citysquare.platform.interface import register_router
from citysquare.platform.navigation import Item, Section, register
from citysquare.platform.policy import Action, Actor


class FootageConfig(AppConfig):
    """Live pictures and what was recorded."""

    name = "citysquare.apps.footage"
    label = "footage"
    verbose_name = "Footage"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Put the wall, the days, the holds and the map into the navigation, and say what holds tell of people."""
        from citysquare.apps.footage import kept, queries, ties  # noqa: PLC0415 -- models exist only once all apps are loaded
        from citysquare.apps.footage.services import orders, rules  # noqa: PLC0415 -- as above

        register(Item(route="wall", label=_("Live"), action=Action.LIVE_VIEW, section=Section.WATCH, order=10))
        register(Item(route="continuity", label=_("Recorded"), action=Action.COVERAGE_VIEW, section=Section.EVIDENCE, order=31))
        register(Item(route="holds", label=_("Holds"), action=Action.HOLD_LIST, section=Section.EVIDENCE, order=25))
        register(Item(route="exhibits", label=_("Exhibits"), action=Action.EXHIBIT_LIST, section=Section.EVIDENCE, order=26))
        register(
            Item(route="authorisations", label=_("Authorisations"), action=Action.AUTHORISATION_LIST, section=Section.EVIDENCE, order=27)
        )
        register(Item(route="reasons", label=_("Reasons"), action=Action.REASONS_READ, section=Section.OVERSIGHT, order=84))
        register(Item(route="rules", label=_("Rules"), action=Action.PACK_VIEW, section=Section.OVERSIGHT, order=86))
        register(Item(route="map", label=_("Map"), action=Action.SPACE_LIST, section=Section.WATCH, order=32))
        register_router("citysquare.apps.footage.api.router")
        register_router("citysquare.apps.footage.holds_api.router")
        personal_data.register(
            personal_data.Holding(
                name="footage.holds",
                title=_("Which holds a person placed or lifted, and when"),
                legal_basis=_("Proof of who had footage kept beyond its retention, and why"),
                retention=_("As long as the register of holds"),
                export=queries.records_of,
                erase=lambda _person, _at: 0,  # proof of a decision: the name goes with the person's own record
            )
        )
        ties.register_exhibits()
        kept.mention_all()
        orders.register_acts()
        rules.register_act()
        for step in _steps():
            tour.register(step)


def _steps() -> list[tour.Step]:
    return [
        tour.Step(
            key="wall",
            order=10,
            action=Action.LIVE_VIEW,
            title=_("The wall"),
            text=_("All cameras at a glance, live. Each look is written into a log that nobody can change."),
            find=lambda _actor: reverse("wall"),
            target=".tile",
        ),
        tour.Step(
            key="camera",
            order=20,
            action=Action.COVERAGE_VIEW,
            title=_("One camera"),
            text=_("The live picture, what moved today, and each gap of the last 24 hours with its cause: no second is lost unseen."),
            find=_first_camera,
            target=".tile",
        ),
        tour.Step(
            key="map",
            order=30,
            action=Action.SPACE_LIST,
            title=_("The map"),
            text=_("Your public spaces, the cameras in them and what each one sees. Select a camera for its state and its live picture."),
            find=lambda _actor: reverse("map"),
            target=".map-list",
        ),
    ]


def _first_camera(actor: Actor) -> str | None:
    """Return the page of the first camera that is switched on."""
    from citysquare.apps.devices import queries as devices  # noqa: PLC0415 -- models exist only once all apps are loaded

    camera = devices.cameras_seen(actor, Action.COVERAGE_VIEW).filter(enabled=True).first()
    return reverse("camera", kwargs={"camera_id": camera.pk}) if camera else None
