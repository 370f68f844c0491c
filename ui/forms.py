"""How forms are drawn."""

from django.forms.renderers import TemplatesSetting


class Renderer(TemplatesSetting):
    """Forms and widgets through the project's own templates."""
