"""The importer: a file of rows on its way into the registry. Kinds of rows register with `clients.imports.kinds`."""
