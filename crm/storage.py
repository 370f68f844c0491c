"""How static files are stored: under names with a digest, so that browsers keep them for ever, and compressed beforehand."""

from whitenoise.storage import CompressedManifestStaticFilesStorage


class StaticStorage(CompressedManifestStaticFilesStorage):  # type: ignore[misc]  # whitenoise has no types
    """Stylesheets' references are followed; scripts' are not: vendored ones name source maps that nobody needs."""

    patterns = tuple(pattern for pattern in CompressedManifestStaticFilesStorage.patterns if pattern[0] == "*.css")
