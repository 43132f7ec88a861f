"""The room of organisations and people."""

from django.apps import AppConfig
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from citysquare.platform.navigation import Item, Section
from citysquare.platform.navigation import register as navigate
from citysquare.platform.personal_data import Holding, register
from citysquare.platform.policy import Action, Role


class AccountsConfig(AppConfig):
    """Organisations, people, roles, sign-in."""

    name = "citysquare.apps.accounts"
    label = "accounts"
    verbose_name = "Accounts"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Register what is held on a person, who reads tokens, and where they are made."""
        from citysquare.apps.accounts import kept, queries, services  # noqa: PLC0415 -- models exist only once all apps are loaded
        from citysquare.platform import directory, facts, tokens  # noqa: PLC0415 -- as above

        tokens.register_reader(services.read_token)
        kept.register_all()
        facts.register_duty(queries.actor_on_duty)
        directory.register("accounts", queries.acting_in)
        directory.register_operator(queries.operator_id)
        approvers = frozenset({Role.APPROVER})
        navigate(Item("acts", _("Seals"), Action.ACT_LIST, Section.EVIDENCE, order=65, home_of=approvers))
        navigate(Item(route="people", label=_("People"), action=Action.PERSON_LIST, section=Section.PEOPLE, order=60))
        navigate(Item(route="groups", label=_("Groups"), action=Action.GROUP_LIST, section=Section.PEOPLE, order=61))
        if settings.CITYSQUARE.shifts == "kept":
            navigate(Item(route="shifts", label=_("Shifts"), action=Action.SHIFT_LIST, section=Section.PEOPLE, order=62))
        navigate(Item(route="organisations", label=_("Organisations"), action=Action.ORGANISATION_LIST, section=Section.PEOPLE, order=64))
        navigate(Item(route="tokens", label=_("Tokens"), action=Action.TOKEN_LIST, section=Section.PEOPLE, order=70))
        register(
            Holding(
                name="accounts.person",
                title=_("Name, sign-in name, roles and last sign-in of the people who work with the system"),
                legal_basis=_("Performance of the person's duty; proof of who used the system"),
                retention=_("As long as the person works with the system"),
                export=queries.personal_records,
                erase=lambda person, at: services.erase_person(person_id=person, at=at),
            )
        )
