from django.db import migrations


class Migration(migrations.Migration):
    """The index is derived and has no model: licet.search.index makes and fills it after each migration, from rows in place."""

    dependencies = [("register", "0004_life_of_a_licence"), ("estate", "0003_apps_that_were_bought")]
    operations = []
