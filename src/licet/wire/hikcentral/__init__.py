"""HikCentral Professional by its OpenAPI ("Artemis"), reading paths only (hikcentral-openapi.md)."""
