"""Seals the credentials that stood in clear in cameras' addresses.

What the addresses hide is sealed with the key of this installation (engine.sealing), made if there is none; going back opens them again
and raises CannotUnseal where the key is gone. Two cameras of an organisation that differed by their users only keep their two rows: the
later one's shown address gets a mark behind `#`, which no request carries.
"""

import json

from django.conf import settings
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

from citysquare.engine.sealing import open_keyring
from citysquare.engine.sources import redact


def seal(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    Camera = apps.get_model("devices", "Camera")
    if schema_editor.connection.vendor == "sqlite":
        with schema_editor.connection.cursor() as cursor:
            cursor.execute("PRAGMA secure_delete = ON")  # what was in clear is overwritten in the file, not only unlinked
    taken = set(Camera.objects.values_list("organisation_id", "main_url"))
    for camera in Camera.objects.order_by("created_at", "pk"):
        main, sub = camera.main_url, camera.sub_url
        if (redact(main), redact(sub)) == (main, sub):
            continue
        text = json.dumps({"main": main, "sub": sub})
        camera.credentials = open_keyring(settings.CITYSQUARE.keys_dir).seal(text, purpose=f"camera:{camera.pk}")
        shown, number = redact(main), 1
        while (camera.organisation_id, shown) in taken:
            number += 1
            shown = f"{redact(main)}#{number}"
        taken.add((camera.organisation_id, shown))
        camera.main_url, camera.sub_url = shown, redact(sub)
        camera.save(update_fields=("main_url", "sub_url", "credentials"))


def unseal(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    del schema_editor
    Camera = apps.get_model("devices", "Camera")
    for camera in Camera.objects.exclude(credentials=""):
        text = open_keyring(settings.CITYSQUARE.keys_dir).unseal(camera.credentials, purpose=f"camera:{camera.pk}")
        found = json.loads(text)
        camera.main_url, camera.sub_url, camera.credentials = found["main"], found["sub"], ""
        camera.save(update_fields=("main_url", "sub_url", "credentials"))


class Migration(migrations.Migration):
    dependencies = [("devices", "0003_credentials")]

    operations = [migrations.RunPython(seal, unseal)]
