"""Signs of life of the running parts."""

from django.db import connection, models


class HeartbeatQuerySet(models.QuerySet["Heartbeat"]):
    def beat(self, name: str) -> None:
        """Note that `name` ran just now, by the database's clock: the hosts' clocks may differ."""
        with connection.cursor() as cursor:
            cursor.execute(
                "INSERT INTO crm_heartbeat (name, at) VALUES (%s, clock_timestamp()) ON CONFLICT (name) DO UPDATE SET at = excluded.at",
                [name],
            )


class Heartbeat(models.Model):
    """When a recurring job last ran."""

    name = models.CharField(primary_key=True, max_length=40)
    at = models.DateTimeField()

    objects = HeartbeatQuerySet.as_manager()

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return self.name
